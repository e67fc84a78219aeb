import type { INode, INodeProperties } from 'n8n-workflow';

/** The credential a node uses. Workflows from before there was a choice have no such parameter, and keep the first. */
export function credentialName(node: INode): 'talentMatchApi' | 'talentMatchOAuth2Api' {
  return node.parameters.authentication === 'oAuth2' ? 'talentMatchOAuth2Api' : 'talentMatchApi';
}

export const authenticationProperty: INodeProperties = {
  displayName: 'Authentication',
  name: 'authentication',
  type: 'options',
  // The credential is chosen before any item is there to resolve an expression with.
  noDataExpression: true,
  options: [
    { name: 'Client ID and Secret', value: 'clientSecret' },
    { name: 'OAuth2', value: 'oAuth2' },
  ],
  default: 'clientSecret',
};
