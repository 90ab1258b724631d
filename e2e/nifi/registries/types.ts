// The kinds of registry clients and their properties, as NiFi 2.x has them (NifiRegistryFlowRegistryClient, and the subclasses of
// AbstractGitFlowRegistryClient). Only the first is played to its end: nothing here talks to a Git provider.

import type { PropertyType } from '../flow/extensions.ts';

export interface RegistryType {
  readonly type: string;
  readonly artifact: string;
  readonly properties: readonly PropertyType[];
}

export const nifiRegistryType = 'org.apache.nifi.registry.flow.NifiRegistryFlowRegistryClient';

const sslProvider = 'org.apache.nifi.ssl.SSLContextProvider';
const webClientProvider = 'org.apache.nifi.web.client.provider.api.WebClientServiceProvider';
const tokenProvider = 'org.apache.nifi.oauth2.OAuth2AccessTokenProvider';

const git: readonly PropertyType[] = [
  { name: 'Default Branch', default: 'main', required: true },
  { name: 'Repository Path' },
  { name: 'Directory Filter Exclusion', default: '[.].*', required: true },
  {
    name: 'Parameter Context Values',
    default: 'RETAIN',
    required: true,
    values: ['RETAIN', 'REMOVE', 'IGNORE_CHANGES'],
  },
  { name: 'SSL Context Service', service: sslProvider },
];
const interval: PropertyType = { name: 'Synchronization Interval' };
const repository: PropertyType = { name: 'Repository Name', required: true };

export const registryTypes: readonly RegistryType[] = [
  {
    type: nifiRegistryType,
    artifact: 'nifi-flow-registry-client-nar',
    properties: [{ name: 'url', required: true }, { name: 'ssl-context-service', service: sslProvider }, interval],
  },
  {
    type: 'org.apache.nifi.github.GitHubFlowRegistryClient',
    artifact: 'nifi-github-nar',
    properties: [
      { name: 'GitHub API URL', default: 'https://api.github.com/', required: true },
      { name: 'Repository Owner', required: true },
      repository,
      {
        name: 'Authentication Type',
        default: 'NONE',
        required: true,
        values: ['NONE', 'PERSONAL_ACCESS_TOKEN', 'APP_INSTALLATION'],
      },
      { name: 'Personal Access Token', sensitive: true },
      { name: 'App ID' },
      { name: 'App Private Key', sensitive: true },
      ...git,
    ],
  },
  {
    type: 'org.apache.nifi.gitlab.GitLabFlowRegistryClient',
    artifact: 'nifi-gitlab-nar',
    properties: [
      { name: 'GitLab API URL', default: 'https://gitlab.com/', required: true },
      { name: 'GitLab API Version', default: 'V4', required: true, values: ['V4'] },
      { name: 'Repository Namespace', required: true },
      repository,
      { name: 'Authentication Type', default: 'ACCESS_TOKEN', required: true, values: ['ACCESS_TOKEN'] },
      { name: 'Access Token', required: true, sensitive: true },
      { name: 'Connect Timeout', default: '10 seconds', required: true },
      { name: 'Read Timeout', default: '10 seconds', required: true },
      ...git,
    ],
  },
  {
    type: 'org.apache.nifi.atlassian.bitbucket.BitbucketFlowRegistryClient',
    artifact: 'nifi-atlassian-nar',
    properties: [
      { name: 'Form Factor', default: 'CLOUD', required: true, values: ['CLOUD', 'DATA_CENTER'] },
      { name: 'Bitbucket API Instance', default: 'api.bitbucket.org', required: true },
      { name: 'Workspace Name' },
      repository,
      { name: 'Project Key' },
      {
        name: 'Authentication Type',
        default: 'ACCESS_TOKEN',
        required: true,
        values: ['ACCESS_TOKEN', 'BASIC_AUTH', 'OAUTH2'],
      },
      { name: 'Access Token', sensitive: true },
      { name: 'Username' },
      { name: 'App Password', sensitive: true },
      { name: 'API Token', sensitive: true },
      { name: 'OAuth2 Access Token Provider', service: tokenProvider },
      { name: 'Web Client Service', required: true, service: webClientProvider },
      ...git,
    ],
  },
  {
    type: 'org.apache.nifi.azure.devops.AzureDevOpsFlowRegistryClient',
    artifact: 'nifi-azure-nar',
    properties: [
      { name: 'Azure DevOps API URL', default: 'https://dev.azure.com', required: true },
      { name: 'Organization', required: true },
      { name: 'Project', required: true },
      repository,
      { name: 'Authentication Strategy', default: 'SERVICE_PRINCIPAL', required: true },
      { name: 'OAuth2 Access Token Provider', required: true, service: tokenProvider },
      { name: 'Web Client Service', required: true, service: webClientProvider },
      ...git,
    ],
  },
];

export function registryType(type: string): RegistryType | undefined {
  return registryTypes.find((candidate) => candidate.type === type);
}
