import type {
  IDataObject,
  IHookFunctions,
  INodeType,
  INodeTypeDescription,
  IWebhookFunctions,
  IWebhookResponseData,
} from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import { authenticationProperty } from '../shared/authentication';
import { deleteWebhook, registerWebhook, webhookExists, webhookSecret } from './registration';
import { isAuthentic } from './signature';

export class TalentMatchTrigger implements INodeType {
  description: INodeTypeDescription = {
    displayName: 'TalentMatch Trigger',
    name: 'talentMatchTrigger',
    icon: { light: 'file:../../icons/talentMatchTrigger.svg', dark: 'file:../../icons/talentMatchTrigger.dark.svg' },
    group: ['trigger'],
    version: 1,
    subtitle: '={{ $parameter["events"].join(", ") }}',
    // n8n shows this one sentence for the whole package where it merges nodes and trigger into one entry.
    description: 'Analyse CVs, match candidates and jobs, answer questions from CVs and documents, control the agents, and react to what happens in TalentMatch',
    defaults: { name: 'TalentMatch Trigger' },
    inputs: [],
    outputs: [NodeConnectionTypes.Main],
    credentials: [
      { name: 'talentMatchApi', required: true, displayOptions: { show: { authentication: ['clientSecret'] } } },
      { name: 'talentMatchOAuth2Api', required: true, displayOptions: { show: { authentication: ['oAuth2'] } } },
    ],
    webhooks: [
      {
        name: 'default',
        httpMethod: 'POST',
        responseMode: 'onReceived',
        // Without it n8n answers the literal text "firstEntryJson".
        responseData: '',
        path: 'webhook',
      },
    ],
    properties: [
      authenticationProperty,
      {
        displayName: 'Events',
        name: 'events',
        type: 'multiOptions',
        required: true,
        default: ['cv.analysed'],
        description: 'The events that start this workflow',
        options: [
          { name: 'Agent Paused', value: 'agent.paused', description: 'An agent no longer takes new work' },
          { name: 'Agent Resumed', value: 'agent.resumed', description: 'A paused agent works again' },
          { name: 'Candidate Erased', value: 'candidate.erased', description: 'A person and all their data were erased' },
          { name: 'CV Analysed', value: 'cv.analysed', description: 'A CV was read and its profile is ready' },
          { name: 'CV Failed', value: 'cv.failed', description: 'A CV could not be read' },
          { name: 'Match Completed', value: 'match.completed', description: 'A ranking is ready' },
          { name: 'Task Failed', value: 'task.failed', description: 'A piece of background work failed for good' },
        ],
      },
    ],
  };

  webhookMethods = {
    default: {
      async checkExists(this: IHookFunctions): Promise<boolean> {
        return await webhookExists(this);
      },
      async create(this: IHookFunctions): Promise<boolean> {
        return await registerWebhook(this);
      },
      async delete(this: IHookFunctions): Promise<boolean> {
        return await deleteWebhook(this);
      },
    },
  };

  async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
    const { rawBody } = this.getRequestObject();
    if (!isAuthentic({ secret: webhookSecret(this), headers: this.getHeaderData(), rawBody, now: Date.now() })) {
      this.getResponseObject().status(401).json({ code: 'invalid_signature' });
      return { noWebhookResponse: true };
    }
    const event = JSON.parse(rawBody.toString('utf8')) as IDataObject;
    const events = this.getNodeParameter('events', []) as string[];
    // An older registration may still send what is no longer wanted: taken, so that it is not sent again, but not run.
    if (!events.includes(String(event.type))) return {};
    return { workflowData: [[{ json: event }]] };
  }
}
