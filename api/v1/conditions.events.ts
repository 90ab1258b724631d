// Words that only events use: something was done or happened, once. An event that goes with a condition has the condition's reason.
// Steps of a planner carry one of these or a reason; the operator publishes it when the step was carried out.

import type { Meaning } from './conditions.reasons.ts';

export const eventReasons = {
  NodeCreated: { meaning: 'The record of a new node was written: the id is a member from here on.', mend: '' },
  PodCreated: { meaning: 'A Pod was created from the record of its node.', mend: '' },
  PodRemoved: {
    meaning: 'A Pod in phase Failed or Succeeded was deleted, so that its node can run again.',
    mend: 'When it repeats, look at why the Pod ended: the event names the reason that the kubelet gave (eviction, node shutdown).',
  },
  VolumeCreated: { meaning: 'A PersistentVolumeClaim was created for a node.', mend: '' },
  VolumeExpanded: { meaning: 'A larger size was asked for a PersistentVolumeClaim.', mend: '' },
  VolumeAdopted: {
    meaning:
      'A claim that a deleted cluster of this name or a departed node had left was taken back, as adoptVolumes allows.',
    mend: '',
  },
  NodeStarted: {
    meaning: 'NiFi started on the volumes of a node for the first time; from here on they hold data.',
    mend: '',
  },
  ConfigurationReplaced: { meaning: 'The record of a node was moved to another configuration.', mend: '' },
  NodeRestarting: {
    meaning:
      'A node is about to be restarted; the note says why and which settings differ, never their values from Secrets.',
    mend: '',
  },
  NodeLeaving: { meaning: 'A node that is no member any more is about to be emptied and removed.', mend: '' },
  NodeRebuilding: { meaning: 'A node is about to be emptied because its volumes change.', mend: '' },
  NodeHibernating: { meaning: 'A Pod is stopped because the cluster has no members; its volumes stay.', mend: '' },
  NodeReturning: {
    meaning: 'A node that was being emptied is wanted again; what was proven of its emptiness is void.',
    mend: '',
  },
  DisconnectRequested: { meaning: 'NiFi was asked to disconnect a node.', mend: '' },
  OffloadRequested: { meaning: 'NiFi was asked to offload a node.', mend: '' },
  RemovalRequested: { meaning: 'NiFi was asked to take a node out of its cluster.', mend: '' },
  NodeOffloaded: { meaning: 'NiFi has offloaded a node, and its own queues are empty.', mend: '' },
  NodeEmptied: {
    meaning: 'A node said that it is empty after NiFi had taken it out of its cluster: its Pod may be deleted.',
    mend: '',
  },
  ProofVoided: {
    meaning:
      'A node that was found empty may have data again, as when its container was started again; it is emptied anew.',
    mend: 'When it repeats, look at why its container restarts, or who connects it.',
  },
  NodeRemoved: { meaning: 'The record of a node that left was deleted, the last of what it had.', mend: '' },
  VolumeDeleted: {
    meaning: 'The PersistentVolumeClaim of a node was deleted; the note says what stood for its emptiness.',
    mend: '',
  },
  VolumeReleased: {
    meaning:
      'The PersistentVolumeClaim of a node that left empty was kept, as volumeRetention.whenDecommissioned says.',
    mend: '',
  },
  SensitiveKeyCreated: {
    meaning: 'The sensitive properties key was generated; it is never generated a second time.',
    mend: 'Back the Secret up: a flow cannot be read without it.',
  },
  SensitiveKeyAdopted: {
    meaning: 'The sensitive properties key that a deleted cluster of this name had left was taken back.',
    mend: '',
  },
  SingleUserCreated: {
    meaning: 'The password of the single user was generated; the note names its Secret.',
    mend: '',
  },
  CertificateAuthorityCreated: { meaning: "The cluster's own certificate authority was made.", mend: '' },
  CertificateAuthorityPrepared: {
    meaning: 'A new certificate authority was made next to the present one; everybody is told to trust both.',
    mend: '',
  },
  CertificateAuthorityReplaced: {
    meaning: 'The new certificate authority took the place of the former one, which nobody trusts from here on.',
    mend: 'Client certificates that you had the former authority sign must be issued again.',
  },
  CertificateIssued: { meaning: 'A certificate was issued for a node or for the operator.', mend: '' },
  CertificateRenewed: { meaning: 'A certificate was replaced before its end; no node restarts for it.', mend: '' },
  NodeReconnected: {
    meaning: 'A node that NiFi had as DISCONNECTED was asked to connect again.',
    mend: 'When it repeats, look for long garbage collections and network trouble in the log of the node.',
  },
  ClusterReady: { meaning: 'The cluster became Ready.', mend: '' },
} as const satisfies Record<string, Meaning>;

export type EventOnly = keyof typeof eventReasons;
