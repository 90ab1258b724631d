// The classes behind the five types. Source: the FlowRegistryClient implementations of apache/nifi 2.x, by their packages.

const classes: Readonly<Record<string, string>> = {
  NiFiRegistry: 'org.apache.nifi.registry.flow.NifiRegistryFlowRegistryClient',
  GitHub: 'org.apache.nifi.github.GitHubFlowRegistryClient',
  GitLab: 'org.apache.nifi.gitlab.GitLabFlowRegistryClient',
  Bitbucket: 'org.apache.nifi.atlassian.bitbucket.BitbucketFlowRegistryClient',
  AzureDevOps: 'org.apache.nifi.azure.devops.AzureDevOpsFlowRegistryClient',
};

/** The class of a type; a type that is none of the five is a class by its name. */
export function classOf(type: string): string {
  return classes[type] ?? type;
}
