'use strict';
// What objects say of each other: a schema cannot see that a port, a volume or a label does not exist.

const podOf = (object) => object.kind === 'Pod' ? object : object.spec?.template;
const matches = (selector, labels) => Object.entries(selector ?? {}).every(([key, value]) => labels?.[key] === value);

function* unique(values, what) {
  const seen = new Set();
  for (const value of values) {
    if (seen.has(value)) yield `${what} ${value} stands twice`;
    seen.add(value);
  }
}

function* inPod(pod, external, byName) {
  const { spec } = pod;
  const volumes = new Map((spec.volumes ?? []).map((volume) => [volume.name, volume]));
  yield* unique((spec.volumes ?? []).map((volume) => volume.name), 'volume');
  const used = new Set();
  for (const own of [...(spec.initContainers ?? []), ...spec.containers]) {
    yield* unique((own.env ?? []).map((entry) => entry.name), `${own.name}: variable`);
    yield* unique((own.ports ?? []).map((port) => port.name), `${own.name}: port`);
    yield* unique((own.volumeMounts ?? []).map((mount) => mount.mountPath), `${own.name}: mount`);
    for (const mount of own.volumeMounts ?? []) {
      used.add(mount.name);
      if (!volumes.has(mount.name)) yield `${own.name}: mounts ${mount.name}, which is no volume`;
      if (mount.subPath) yield `${own.name}: ${mount.mountPath} is a subPath, which never changes`;
    }

    const ports = new Map((own.ports ?? []).map((port) => [port.name, port.containerPort]));
    for (const probe of [own.startupProbe, own.readinessProbe, own.livenessProbe].filter(Boolean)) {
      const port = (probe.httpGet ?? probe.tcpSocket ?? probe.grpc)?.port;
      if (typeof port === 'string' && !ports.has(port)) yield `${own.name}: a probe asks port ${port}, which does not exist`;
      if (probe.grpc && ![...ports.values()].includes(port)) yield `${own.name}: a probe asks port ${port}, which is not open`;
    }

    for (const { name, valueFrom } of own.env ?? []) {
      const secret = valueFrom?.secretKeyRef;
      if (secret && !byName.has(`Secret/${secret.name}`) && !external.includes(`Secret/${secret.name}`)) {
        yield `${own.name}: ${name} comes from Secret ${secret.name}, which does not exist`;
      }
    }
  }

  for (const volume of volumes.values()) {
    if (!used.has(volume.name)) yield `volume ${volume.name} is not mounted`;
    const source = volume.secret ? `Secret/${volume.secret.secretName}` : volume.configMap ? `ConfigMap/${volume.configMap.name}` : null;
    if (source && !byName.has(source) && !external.includes(source)) yield `volume ${volume.name} is of ${source}, which does not exist`;
  }

  const account = `ServiceAccount/${spec.serviceAccountName}`;
  if (!byName.has(account) && !external.includes(account)) yield `runs as ${account}, which does not exist`;
}

function* metadata(object) {
  const { name, labels = {}, annotations = {} } = object.metadata;
  if (!/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(name)) yield 'the name is not one';
  for (const [key, value] of Object.entries(labels)) {
    if (!/^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/.test(value)) yield `label ${key}: '${value}' cannot be one`;
  }

  for (const [key, value] of Object.entries(annotations)) {
    if (value === '') yield `annotation ${key} is empty`;
  }
}

/** What is wrong between the objects of one rendering. `external` names what the operator brings, as Kind/name. */
function* between(objects, external) {
  const byName = new Map(objects.map((object) => [`${object.kind}/${object.metadata.name}`, object]));
  yield* unique(objects.map((object) => `${object.kind}/${object.metadata.name}`), 'object');
  const pods = objects.map(podOf).filter((pod) => pod?.spec?.containers);
  for (const object of objects) {
    const say = (problems) => [...problems].map((text) => `${object.kind}/${object.metadata.name}: ${text}`);
    yield* say(metadata(object));
    const pod = podOf(object);
    if (pod?.spec?.containers) yield* say(inPod(pod, external, byName));
    if (pod?.spec?.automountServiceAccountToken && !objects.some((one) => one.kind === 'RoleBinding'
      && one.subjects.some((subject) => subject.kind === 'ServiceAccount' && subject.name === pod.spec.serviceAccountName))) {
      yield* say(['mounts a service account token, and no RoleBinding uses it']);
    }

    if (object.kind === 'RoleBinding' && !byName.has(`${object.roleRef.kind}/${object.roleRef.name}`)) {
      yield* say([`binds ${object.roleRef.name}, which does not exist`]);
    }

    if (object.kind === 'Deployment' && !matches(object.spec.selector.matchLabels, pod.metadata.labels)) {
      yield* say(['its selector does not match its own pods']);
    }

    if (object.kind === 'Service') {
      const own = pods.filter((candidate) => matches(object.spec.selector, candidate.metadata.labels));
      if (own.length !== 1) yield* say([`selects ${own.length} kinds of pods`]);
      for (const port of object.spec.ports) {
        const target = own.flatMap((candidate) => candidate.spec.containers).flatMap((one) => one.ports ?? [])
          .find((one) => one.name === port.targetPort || one.containerPort === port.targetPort);
        if (!target) yield* say([`port ${port.name} leads to ${port.targetPort}, which no pod has`]);
        else if ((target.protocol ?? 'TCP') !== (port.protocol ?? 'TCP')) yield* say([`port ${port.name} has another protocol than its target`]);
      }
    }

    if (object.kind === 'PodDisruptionBudget' || object.kind === 'NetworkPolicy') {
      const selector = (object.spec.selector ?? object.spec.podSelector).matchLabels;
      if (!pods.some((candidate) => matches(selector, candidate.metadata.labels))) yield* say(['selects no pods']);
    }

    const target = object.kind === 'HorizontalPodAutoscaler' ? object.spec.scaleTargetRef : null;
    if (target && !byName.has(`${target.kind}/${target.name}`)) yield* say([`scales ${target.name}, which does not exist`]);
    if (target && byName.get(`${target.kind}/${target.name}`)?.spec.replicas !== undefined) {
      yield* say(['and its Deployment both say how many replicas there are']);
    }

    if (object.kind === 'ServiceMonitor') {
      const services = objects.filter((one) => one.kind === 'Service' && matches(object.spec.selector.matchLabels, one.metadata.labels));
      if (services.length !== 1) yield* say([`selects ${services.length} services`]);
      for (const { port } of object.spec.endpoints) {
        if (!services.some((service) => service.spec.ports.some((one) => one.name === port))) yield* say([`reads port ${port}, which no service has`]);
      }
    }

    for (const backend of object.kind === 'GRPCRoute' ? object.spec.rules.flatMap((rule) => rule.backendRefs) : []) {
      const service = byName.get(`Service/${backend.name}`);
      if (!service?.spec.ports.some((port) => port.port === backend.port)) yield* say([`leads to ${backend.name}:${backend.port}, which is no service`]);
    }
  }
}

module.exports = { between, podOf };
