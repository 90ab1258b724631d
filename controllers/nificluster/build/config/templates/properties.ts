// Templates of the properties files. Keys and values go through `property`, which escapes them.

const header = '# Rendered by nifi-operator: a change belongs in the NiFiCluster.';

export const nifiProperties = `${header}
{{#each sections}}

# {{title}}
{{#each entries}}
{{property key value}}
{{/each}}
{{/each}}
`;

export const bootstrapConf = `${header}
{{#each entries}}
{{property key value}}
{{/each}}
`;

/** Appended by start.sh to the file of the same name, so it must begin on a line of its own. */
export const secretProperties = `
# From Secrets
{{#each entries}}
{{property key value}}
{{/each}}
`;

/** Only an embedded ZooKeeper would read it, which the operator never starts; NiFi's diagnostics name the file. */
export const zooKeeperProperties = `${header}
initLimit=10
syncLimit=5
tickTime=2000
autopurge.purgeInterval=24
autopurge.snapRetainCount=30
dataDir=./state/zookeeper
`;
