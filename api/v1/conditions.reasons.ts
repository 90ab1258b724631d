// Every reason a condition may have, by what it asks of a person: nothing, patience, or a change. The groups order the reference.
// A message is free text and says which object; a reason is what alerts and scripts match on.

/** What a word means, and what a person does about it; `mend` is empty where nothing needs doing. */
export interface Meaning {
  readonly meaning: string;
  readonly mend: string;
}

/** All is well, or the operator is at work. */
const progress = {
  Ready: { meaning: 'Everything is as the spec asks.', mend: '' },
  Creating: { meaning: 'Objects of the cluster are being created, or its nodes start for the first time.', mend: '' },
  Scaling: { meaning: 'Nodes are joining or leaving.', mend: '' },
  Updating: { meaning: 'Nodes are being restarted, one after another, with a new configuration.', mend: '' },
  Deleting: {
    meaning: 'The cluster is being deleted; volumes go or stay as volumeRetention.whenDeleted says.',
    mend: '',
  },
  Restarting: {
    meaning: 'A node is being restarted: disconnected in NiFi, its Pod replaced, and waited for until it is connected.',
    mend: '',
  },
  RestartPending: {
    meaning: 'A node has to be restarted and waits for its turn; the message says for what.',
    mend: 'It goes on when the node that the message names is back. When that lasts, look at that node.',
  },
  Removing: {
    meaning:
      'A node is leaving: its data is moved to the other nodes, and its Pod and volumes go when it is proven empty.',
    mend: '',
  },
  RemovalPending: {
    meaning: 'A node is to leave and waits for its turn; the message says for what.',
    mend: 'It goes on when the node that the message names is back. When that lasts, look at that node.',
  },
  Rebuilding: {
    meaning: 'The volumes of a node change: it is emptied like one that leaves, and comes back on the new ones.',
    mend: '',
  },
  RebuildPending: {
    meaning: 'A node is to be emptied for a change of its volumes and waits for its turn; the message says for what.',
    mend: 'It goes on when the node that the message names is back. When that lasts, look at that node.',
  },
  Returning: {
    meaning: 'A node that was being taken down is wanted again and is being reconnected.',
    mend: '',
  },
  Hibernating: { meaning: 'There are no members: every Pod is being stopped; volumes and records stay.', mend: '' },
  Hibernated: {
    meaning: 'There are no members: no Pod runs, every volume and record is kept.',
    mend: 'Set replicas to wake the cluster.',
  },
  Paused: {
    meaning: 'paused is true: nothing that takes a node down is done; Pods are still kept alive.',
    mend: 'Set paused to false to let waiting changes go on.',
  },
  WaitingForNodes: {
    meaning: 'Members have not started or have not connected yet.',
    mend: 'A first start takes minutes. When it lasts, look at the Pod and the log of the node that the message names.',
  },
  FlowElection: {
    meaning: 'The nodes are agreeing on the flow that all of them run.',
    mend: 'It ends when all members have voted, or after nifi.cluster.flow.election.max.wait.time.',
  },
  CertificateAuthorityChanging: {
    meaning: 'Certificates change to another authority, in three steps and without a restart.',
    mend: 'When it lasts, look at the node that the message names: it does not load its certificates, or does not answer.',
  },
  CertificatePending: {
    meaning: 'A certificate has been asked for and is not there yet, or cert-manager does not call it good any more.',
    mend: 'See that the issuer exists and is ready: cert-manager says why not in the CertificateRequests of the Certificate.',
  },
  Applying: {
    meaning:
      'NiFi is being brought to what the object asks for: the users and policies of a cluster, a registry client, a context or a dataflow.',
    mend: '',
  },
  Withdrawing: { meaning: 'What a deleted object had in NiFi is being taken out of it.', mend: '' },
} as const satisfies Record<string, Meaning>;

/** What is asked for cannot be done as it stands. */
const refused = {
  InvalidSpec: {
    meaning:
      'The spec contradicts itself in a way that admission could not see, such as a heap above the merged memory limit.',
    mend: 'Correct the field that the message names; running nodes stay as they are until then.',
  },
  FieldNotSupported: {
    meaning: 'A field is set whose part this version of the operator does not have.',
    mend: 'Take the field out that the message names, or use a newer operator.',
  },
  InvalidAnnotation: {
    meaning: 'An annotation of the cluster asks for something that cannot be understood. Nothing is done for it.',
    mend: 'Correct the annotation that the message names, or take it off.',
  },
  ReferenceMissing: {
    meaning: 'A Secret, ConfigMap or claim that the spec names does not exist. Nodes keep running; none is restarted.',
    mend: 'Create the object or correct the name; the operator goes on by itself.',
  },
  ReferenceKeyMissing: {
    meaning: 'A Secret or ConfigMap that the spec names lacks the key. Nodes keep running; none is restarted.',
    mend: 'Add the key or correct its name; the operator goes on by itself.',
  },
  ReferenceInvalid: {
    meaning:
      'What a referred Secret or ConfigMap holds cannot be used: a property of the operator, a key too short, a broken file.',
    mend: 'Correct the content that the message names; the operator goes on by itself.',
  },
  DiscoveryFailed: {
    meaning: 'The OIDC provider does not answer as NiFi needs it to start; nodes that run are not affected.',
    mend: 'Correct spec.auth.oidc.discoveryUrl or the authority in caSecretRef, or bring the provider back. It is asked again by itself.',
  },
  ConfigTooLarge: {
    meaning: 'The configuration of a node is larger than the 1 MiB that a ConfigMap holds.',
    mend: 'Shorten the files of the spec, or put large ones into a volume of extensions.',
  },
  NameConflict: {
    meaning: 'An object with a name that this cluster needs belongs to someone else. It is left alone.',
    mend: 'Rename or remove the object that the message names, or give the cluster another name.',
  },
  FieldConflict: {
    meaning:
      'Somebody else set a field of one of the objects of this cluster to another value. The operator does not fight.',
    mend: "Take the other manager's value away; the message names object, field and manager.",
  },
  DowngradeRefused: {
    meaning:
      'spec.version is lower than a version that has run on the volumes. Nodes go on as they are, and none of the lower version is made.',
    mend: 'Put the former version back, or allow the lower one with the annotation nifi.datadynamics.io/allow-downgrade.',
  },
  VolumeShrinkRefused: {
    meaning: 'A volume exists that is larger than the spec asks for; a volume never shrinks.',
    mend: 'Put the former size back, or a larger one.',
  },
  VolumeClassRefused: {
    meaning: 'A larger volume is asked for, and its storage class does not allow expansion.',
    mend: 'Set allowVolumeExpansion on the storage class; the size in the spec cannot go back.',
  },
} as const satisfies Record<string, Meaning>;

/** A node that is to be taken down cannot be, or must not be. */
const disruptions = {
  RolloutStalled: {
    meaning:
      'A node that has the new configuration does not come back, so no other node is given it. What ran before goes on.',
    mend: 'Correct the spec: that node gets the correction first. Putting the former spec back helps as well.',
  },
  NoOtherNode: {
    meaning: 'A node cannot be emptied because no other member is connected that could take its data.',
    mend: 'Bring another member up, or put the id back.',
  },
  OffloadStalled: {
    meaning:
      'A node has been emptying for longer than decommissioning.offloadTimeout. It goes on for ever; nothing is deleted.',
    mend: 'The message says how much is left. Look for back-pressure and full disks on the other nodes, or put the id back.',
  },
} as const satisfies Record<string, Meaning>;

/** Something is lost or left over, and only a person may say what becomes of it. */
const data = {
  VolumeLost: {
    meaning:
      "A volume that held a node's data is missing, being deleted, or was replaced by another. The node is stopped.",
    mend: 'Restore the claim with its volume, or give its data up by the annotation that the message shows: rebuild for a member, abandon for a node that leaves.',
  },
  VolumesLeftBehind: {
    meaning:
      'Volumes exist that a deleted cluster of this name left, or that this node itself left when it was taken out. They are neither used nor deleted.',
    mend: 'Set adoptVolumes to true to take them back, or delete the claims that the message names.',
  },
  SensitiveKeyMissing: {
    meaning:
      'The sensitive properties key is gone while volumes exist. No node is created or restarted: it could not read its flow.',
    mend: 'Restore the Secret that the message names from a backup.',
  },
  RecordUnreadable: {
    meaning: "A node's record or its configuration is missing or cannot be read, so its Pod cannot be made as it was.",
    mend: 'Restore the ConfigMap that the message names; a node that still runs goes on.',
  },
  SensitiveKeyChanged: {
    meaning:
      'The sensitive properties key differs from the one that the nodes were started with. No node is restarted.',
    mend: 'Put the former key back into the Secret that the message names.',
  },
} as const satisfies Record<string, Meaning>;

/** Kubernetes refuses or cannot run a Pod. */
const pods = {
  PodRefused: {
    meaning: 'The API server refuses a Pod: a quota, a policy, or a podTemplate that makes it invalid.',
    mend: 'The message is the refusal; raise the quota, or change podTemplate or resources.',
  },
  Unschedulable: {
    meaning: 'No Kubernetes node takes a Pod.',
    mend: "The message is the scheduler's; lower resources, loosen constraints, or add capacity.",
  },
  ImagePullFailed: {
    meaning: 'An image cannot be pulled.',
    mend: 'Correct image or version, or give imagePullSecrets.',
  },
  NodeCrashLooping: {
    meaning: 'NiFi exits at start, again and again; the message has the last lines it said.',
    mend: 'Correct the configuration that these lines complain about.',
  },
  ContainerNotStarted: {
    meaning: 'A container of a Pod cannot be created: a volume that does not mount, a missing key, a wrong command.',
    mend: 'Describe the Pod that the message names; its events have the cause.',
  },
  PodTerminating: {
    meaning: 'A Pod is being deleted and not gone yet; its node cannot have another before.',
    mend: 'When it lasts, its Kubernetes node is probably lost: repair it, or taint it as out of service.',
  },
} as const satisfies Record<string, Meaning>;

/** NiFi does not do what it should. */
const nifi = {
  NodeDisconnected: {
    meaning: 'NiFi has a member as DISCONNECTED. The operator reconnects it unless a person disconnected it.',
    mend: 'When a person did, connect it again in the UI; otherwise look at the log of the node.',
  },
  NiFiUnreachable: {
    meaning: 'No node answers the REST API, so nothing is known of the cluster; nothing is taken down meanwhile.',
    mend: 'Look at the Pods, and at network policies between operator and nodes.',
  },
  NiFiRefused: {
    meaning: 'NiFi answered a request of the operator with an error.',
    mend: "The message has NiFi's words; 403 means that a policy of the operator's identity was taken away.",
  },
  VersionMismatch: {
    meaning: 'The image runs another NiFi version than the spec says.',
    mend: 'Correct version or image: configuration is rendered for the version of the spec.',
  },
} as const satisfies Record<string, Meaning>;

/** Certificates. */
const certificates = {
  IssuerUnavailable: {
    meaning: "tls.issuerRef is given, and cert-manager's resources are not installed.",
    mend: 'Install cert-manager; the operator sees that within two minutes.',
  },
  CertificateAuthorityMissing: {
    meaning:
      "The Secret of the cluster's own CA is gone while certificates of it are in use. No new one is made by itself.",
    mend: 'Restore the Secret that the message names; nodes go on with the certificates they have.',
  },
  CertificateInvalid: {
    meaning: 'A certificate cannot be used: unreadable, past its end, of another CA, or without the name of its node.',
    mend: "With the operator's own CA, delete the Secret and it is issued again; with cert-manager, look at the Certificate.",
  },
} as const satisfies Record<string, Meaning>;

/** A convenience is missing, and nothing waits for it. */
const beside = {
  MonitoringUnavailable: {
    meaning:
      "monitoring.enabled is given, and Prometheus' operator's kinds are not installed, or the operator may not make PodMonitors. The cluster is well.",
    mend: 'Install the kinds and give --pod-monitors=true (chart: monitoring.enabled); the operator sees new kinds within two minutes.',
  },
} as const satisfies Record<string, Meaning>;

/** The operator itself. */
const operator = {
  InternalError: {
    meaning: 'The operator failed in a way it does not know; it tries again with growing pauses.',
    mend: "The operator's log has the whole error; please report it.",
  },
  KubernetesApiError: {
    meaning: 'The API server refused or did not answer a request that it should serve; it is tried again.',
    mend: "When it lasts: 403 means that the operator's role lacks a verb, which the message names.",
  },
} as const satisfies Record<string, Meaning>;

/** The groups of the reference, in its order. */
/** Registry clients, parameter contexts and dataflows. */
const flows = {
  ClusterMissing: {
    meaning: 'There is no NiFiCluster of the name in spec.clusterRef, or it is being deleted.',
    mend: 'Create the cluster or correct the name; the operator goes on by itself.',
  },
  ClusterNotReady: {
    meaning: 'The NiFiCluster is there, and no node of it can be worked with: it starts, sleeps, or does not answer.',
    mend: 'Look at the NiFiCluster. A deletion that waits for it can be let go with the annotation leave-behind.',
  },
  ReferenceNotReady: {
    meaning: 'Another object that the spec names exists, and NiFi does not have it yet.',
    mend: 'Look at the status of the object that the message names; it goes on by itself.',
  },
  HostNotAllowed: {
    meaning:
      'A registry client points to loopback, to a link-local address or to the API server, or to a name that leads there.',
    mend: 'Correct the property that the message names, or have --allowed-registry-hosts of the operator name the host.',
  },
  InvalidInNiFi: {
    meaning: 'NiFi has what the spec asks for and calls it invalid.',
    mend: "The message has NiFi's words; correct the property that they name.",
  },
  FlowNotFound: {
    meaning: 'The registry has no bucket, flow or version as spec.source.registry names it.',
    mend: 'Create it in the registry or correct the name; the flow that is in NiFi goes on.',
  },
  RegistryUnavailable: {
    meaning: 'The registry of a dataflow does not answer NiFi, or not as a registry.',
    mend: 'Look at the registry and at the NiFiRegistryClient; the flow that is in NiFi goes on, and so does the operator by itself.',
  },
  ParameterMissing: {
    meaning: 'A flow definition refers to parameters that its parameter context does not give. NiFi is left as it is.',
    mend: 'Add them to the NiFiParameterContext; it goes on by itself.',
  },
  TargetTaken: {
    meaning: 'Another NiFiDataflow asks for the same group, and it is older, or has not left NiFi yet.',
    mend: 'Delete one of the two, or give spec.displayName.',
  },
  GroupNotRecognised: {
    meaning:
      'NiFi has a group that may be the one of the object, and nothing proves it. It is left alone, and no second one is made.',
    mend: 'Rename or remove the group that the message names.',
  },
  LocallyModified: {
    meaning: 'Somebody changed the flow in NiFi, and spec.sync does not have that taken back.',
    mend: 'Commit the changes or take them back in NiFi, or set spec.sync to Always.',
  },
  Draining: {
    meaning: 'The flow works off what is queued before it is changed or deleted.',
    mend: 'It goes on when nothing is queued. When that lasts, look in NiFi at what does not take its data.',
  },
  QueuesNotEmpty: {
    meaning: 'Flow files are queued where nothing may be, and nobody asked for them to be dropped.',
    mend: 'Let the flow work them off, or empty the queues in NiFi.',
  },
  InUse: {
    meaning: 'Something still uses what is to be deleted. It is left alone until nothing does.',
    mend: 'Delete what the message names, or have it use another one.',
  },
} as const satisfies Record<string, Meaning>;

export const reasonGroups = {
  'At work, or well': progress,
  'The spec, or what it refers to, needs a change': refused,
  'A node cannot be taken down': disruptions,
  'Data needs a decision': data,
  'Kubernetes does not run a Pod': pods,
  'NiFi does not do what it should': nifi,
  Certificates: certificates,
  'A registry client, a context or a dataflow waits': flows,
  'Nothing waits for it': beside,
  'The operator itself': operator,
} as const;

export const reasons = {
  ...progress,
  ...refused,
  ...disruptions,
  ...data,
  ...pods,
  ...nifi,
  ...certificates,
  ...flows,
  ...beside,
  ...operator,
} as const;

export type Reason = keyof typeof reasons;
