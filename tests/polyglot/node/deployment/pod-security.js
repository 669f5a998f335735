'use strict';
// The Pod Security Standard "restricted" (Kubernetes 1.36), as far as the fields that it looks at can be set.

const volumes = ['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'image', 'persistentVolumeClaim', 'projected', 'secret'];
const safeSysctls = [
  'kernel.shm_rmid_forced', 'net.ipv4.ip_local_port_range', 'net.ipv4.ip_unprivileged_port_start', 'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range', 'net.ipv4.ip_local_reserved_ports', 'net.ipv4.tcp_keepalive_time', 'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl', 'net.ipv4.tcp_keepalive_probes',
];

function* container(own, pod) {
  const context = own.securityContext ?? {};
  const say = (text) => `container ${own.name}: ${text}`;
  if (context.privileged) yield say('is privileged');
  if (context.allowPrivilegeEscalation !== false) yield say('allowPrivilegeEscalation is not false');
  if (!(context.capabilities?.drop ?? []).includes('ALL')) yield say('does not drop ALL capabilities');
  if ((context.capabilities?.add ?? []).some((name) => name !== 'NET_BIND_SERVICE')) yield say('adds capabilities');
  if ((context.runAsNonRoot ?? pod.runAsNonRoot) !== true) yield say('runAsNonRoot is not true');
  if ((context.runAsUser ?? pod.runAsUser) === 0) yield say('runs as root');
  const seccomp = (context.seccompProfile ?? pod.seccompProfile)?.type;
  if (!['RuntimeDefault', 'Localhost'].includes(seccomp)) yield say('has no seccomp profile');
  if (context.procMount && context.procMount !== 'Default') yield say('has a procMount');
  if ((own.ports ?? []).some((port) => port.hostPort)) yield say('uses a port of the host');
  for (const handler of [own.livenessProbe, own.readinessProbe, own.startupProbe, own.lifecycle?.preStop, own.lifecycle?.postStart]) {
    if (handler?.httpGet?.host || handler?.tcpSocket?.host) yield say('a probe names a host');
  }

  // Not of the standard, but of ours.
  if (context.readOnlyRootFilesystem !== true) yield say('readOnlyRootFilesystem is not true');
  if (!own.resources?.requests?.cpu || !own.resources?.requests?.memory || !own.resources?.limits?.memory) {
    yield say('does not say what it needs');
  }
}

/** What of a pod's spec is refused. */
function* restricted(spec) {
  const context = spec.securityContext ?? {};
  for (const name of ['hostNetwork', 'hostPID', 'hostIPC']) {
    if (spec[name]) yield `${name} is set`;
  }

  if (context.runAsUser === 0) yield 'runs as root';
  for (const { name } of context.sysctls ?? []) {
    if (!safeSysctls.includes(name)) yield `sysctl ${name}`;
  }

  for (const volume of spec.volumes ?? []) {
    const kind = Object.keys(volume).find((key) => key !== 'name');
    if (!volumes.includes(kind)) yield `volume ${volume.name} is a ${kind}`;
  }

  for (const own of [...(spec.initContainers ?? []), ...spec.containers]) {
    yield* container(own, context);
  }

  // references.js checks that a token is for a Role.
  if (spec.automountServiceAccountToken === undefined) yield 'mounts a service account token';
}

module.exports = { restricted };
