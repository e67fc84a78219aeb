import type {
  IAuthenticateGeneric,
  ICredentialDataDecryptedObject,
  ICredentialTestRequest,
  ICredentialType,
  IHttpRequestHelper,
  Icon,
  INodeProperties,
} from 'n8n-workflow';

/**
 * Client id and secret of the sidecar, exchanged for a token of 15 minutes. n8n calls `preAuthentication` when it has no
 * token yet, keeps the token encrypted, and calls it once more when a request fails with 401.
 */
export class TalentMatchApi implements ICredentialType {
  name = 'talentMatchApi';

  displayName = 'TalentMatch API';

  icon: Icon = { light: 'file:../icons/talentmatch.svg', dark: 'file:../icons/talentmatch.dark.svg' };

  documentationUrl = 'https://github.com/talentmatch/n8n-nodes-talentmatch/blob/main/docs/nodes.md#credential';

  properties: INodeProperties[] = [
    {
      displayName: 'Access Token',
      name: 'accessToken',
      type: 'hidden',
      typeOptions: { expirable: true, password: true },
      default: '',
    },
    {
      displayName: 'Base URL',
      name: 'baseUrl',
      type: 'string',
      required: true,
      default: 'http://127.0.0.1:8484',
      placeholder: 'e.g. https://talentmatch.example.com',
      description:
        'Address of the TalentMatch sidecar, as n8n reaches it. When n8n runs in a container, 127.0.0.1 is the container itself: use the name or address of the machine.',
    },
    {
      displayName: 'Client ID',
      name: 'clientId',
      type: 'string',
      required: true,
      default: '',
      description: 'In credential.json of the sidecar\'s data folder, or issued by "npm run credential"',
    },
    {
      displayName: 'Client Secret',
      name: 'clientSecret',
      type: 'string',
      typeOptions: { password: true },
      required: true,
      default: '',
      description: 'Shown once, next to the client ID',
    },
  ];

  async preAuthentication(this: IHttpRequestHelper, credentials: ICredentialDataDecryptedObject) {
    const { access_token } = (await this.helpers.httpRequest({
      method: 'POST',
      url: `${String(credentials.baseUrl).trim().replace(/(?<!\/)\/+$/, '')}/v1/oauth/token`,
      body: {
        grant_type: 'client_credentials',
        client_id: credentials.clientId,
        client_secret: credentials.clientSecret,
      },
      json: true,
    })) as { access_token: string };
    return { accessToken: access_token };
  }

  authenticate: IAuthenticateGeneric = {
    type: 'generic',
    properties: {
      headers: {
        Authorization: '=Bearer {{$credentials.accessToken}}',
      },
    },
  };

  test: ICredentialTestRequest = {
    request: {
      baseURL: '={{$credentials.baseUrl.trim().replace(/\\/+$/, "")}}',
      url: '/v1/me',
    },
  };
}
