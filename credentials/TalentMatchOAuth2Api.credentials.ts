import type { ICredentialTestRequest, ICredentialType, Icon, INodeProperties } from 'n8n-workflow';

/**
 * The same client ID and secret as TalentMatchApi, exchanged by n8n's own OAuth2 client: with a scope that narrows what
 * workflows may do, and one request where many executions need a new token at the same time. Unlike there, n8n's editor
 * keeps the token when the credential is changed.
 */
export class TalentMatchOAuth2Api implements ICredentialType {
  name = 'talentMatchOAuth2Api';

  extends = ['oAuth2Api'];

  displayName = 'TalentMatch OAuth2 API';

  icon: Icon = { light: 'file:../icons/talentmatch.svg', dark: 'file:../icons/talentmatch.dark.svg' };

  documentationUrl = 'https://github.com/talentmatch/n8n-nodes-talentmatch/blob/main/docs/nodes.md#oauth2-credential';

  properties: INodeProperties[] = [
    {
      displayName: 'Grant Type',
      name: 'grantType',
      type: 'hidden',
      default: 'clientCredentials',
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
      displayName: 'Access Token URL',
      name: 'accessTokenUrl',
      type: 'hidden',
      required: true,
      default: '={{$self["baseUrl"].trim().replace(/\\/+$/, "")}}/v1/oauth/token',
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
    {
      displayName: 'Scope',
      name: 'scope',
      type: 'string',
      default: '',
      placeholder: 'e.g. cvs:create cvs:read',
      description: 'The permissions that workflows get, separated by spaces. Leave empty for all that the client has.',
    },
    {
      displayName: 'Authentication',
      name: 'authentication',
      type: 'hidden',
      default: 'body',
    },
  ];

  test: ICredentialTestRequest = {
    request: {
      baseURL: '={{$credentials.baseUrl.trim().replace(/\\/+$/, "")}}',
      url: '/v1/me',
    },
  };
}
