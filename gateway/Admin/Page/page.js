'use strict';
// Reads snapshots of the gateway's state as server-sent events, and shows the latest one. It uses fetch instead of EventSource,
// because EventSource cannot send an access token.

const retryMilliseconds = 3000;
let token = null;

const byId = (id) => document.getElementById(id);
const lower = (name, prefix) => (name ?? '').replace(prefix, '').toLowerCase().replaceAll('_', ' ');

function showSummary(text, style) {
  const summary = byId('summary');
  if (summary.textContent !== text) {
    summary.textContent = text;
  }
  summary.className = style;
}

// Each cell is a text, or {text, style}. The first cell is the heading of the row.
function fill(id, rows, empty) {
  const body = byId(id);
  const labels = [...body.parentElement.querySelectorAll('thead th')].map((heading) => heading.textContent);
  body.replaceChildren(...rows.map((cells) => {
    const row = document.createElement('tr');
    cells.forEach((cell, index) => {
      const element = document.createElement(index === 0 ? 'th' : 'td');
      if (index === 0) {
        element.scope = 'row';
      }
      element.dataset.label = labels[index];
      element.textContent = cell?.text ?? cell ?? '–';
      element.className = cell?.style ?? '';
      row.append(element);
    });
    return row;
  }));
  if (rows.length === 0) {
    const row = body.insertRow();
    const cell = row.insertCell();
    cell.colSpan = labels.length;
    cell.textContent = empty;
    cell.className = 'faint';
  }
}

function showProblems({ reasons, warnings }) {
  const items = [
    ...reasons.map((text) => ({ text: `Not ready: ${text}`, style: 'bad' })),
    ...warnings.map((text) => ({ text, style: 'warning' })),
  ];
  byId('problem-list').replaceChildren(...items.map(({ text, style }) => {
    const item = document.createElement('li');
    item.textContent = text;
    item.className = style;
    return item;
  }));
  byId('problems').hidden = items.length === 0;
}

function showLimits(limits) {
  byId('limits').replaceChildren(...limits.map(({ name, used, maximum, setting }) => {
    const [now, most] = [Number(used), Number(maximum)];
    const item = document.createElement('li');
    const label = document.createElement('label');
    const meter = document.createElement('meter');
    meter.max = most;
    meter.value = now;
    meter.high = 0.8 * most;
    meter.optimum = 0;
    label.textContent = `${name}: ${now} of ${most} (${setting})`;
    label.className = now >= 0.8 * most ? 'warning' : '';
    label.append(meter);
    item.append(label);
    return item;
  }));
}

function serverRow(server) {
  const condition = lower(server.condition, 'CONDITION_');
  const isGood = condition === 'live' || condition === 'unknown';
  const address = server.address ?? server.configured;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return [
    `${server.network}/${server.raidaId}`,
    `${host}:${address.port}`,
    { text: condition, style: isGood ? 'good' : 'bad' },
    { text: lower(server.breaker, 'BREAKER_') || '–', style: server.breaker === 'BREAKER_OPEN' ? 'bad' : '' },
    server.roundTrip ? `${(1000 * parseFloat(server.roundTrip)).toFixed(1)} ms` : null,
    `${(100 * server.loss).toFixed(1)}%`,
    server.lastResponse ? new Date(server.lastResponse).toLocaleTimeString() : null,
    { text: `${server.refusedCoins}`, style: server.refusedCoins > 0 ? 'warning' : '' },
  ];
}

function show({ status, servers }) {
  const problems = status.reasons.length + status.warnings.length;
  const text = status.ready ? (problems ? `Ready, with ${problems} warning${problems > 1 ? 's' : ''}` : 'Ready') : 'Not ready';
  showSummary(text, status.ready ? (problems ? 'warning' : 'good') : 'bad');
  byId('version').textContent = `Version ${status.version}, started ${new Date(status.startTime).toLocaleString()}.`;
  byId('updated').textContent = `Updated ${new Date().toLocaleTimeString()}.`;
  showProblems(status);
  showLimits(status.limits);
  fill('networks', status.networks.map((network) => [
    `${network.network}`,
    network.profile,
    { text: `${network.liveServers} of ${network.servers}`, style: network.liveServers < network.servers ? 'warning' : 'good' },
    { text: `${network.coins}`, style: network.coins === 0 ? 'bad' : '' },
    { text: network.pairs?.free ?? '–', style: network.pairs?.free === 0 ? 'bad' : '' },
    network.pairs?.occupied,
    network.pairs?.resting,
    { text: network.pairs?.refused ?? '–', style: network.pairs?.refused > 0 ? 'warning' : '' },
  ]), 'No network is visible to you.');
  fill('servers', servers.map(serverRow), 'No key server is visible to you.');
  fill('sessions', status.sessions.map(({ direction, result, count }) => [direction, result, count]), 'No session has ended.');
  fill('failures', status.recentFailures.map(({ reason, method, count }) => [reason, method, count]), 'No call has failed.');
}

async function readEvents(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) {
      return;
    }
    const events = (text + value).split('\n\n');
    text = events.pop();
    for (const event of events) {
      const data = event.split('\n').filter((line) => line.startsWith('data: ')).map((line) => line.slice(6)).join('\n');
      if (data) {
        show(JSON.parse(data));
      }
    }
  }
}

async function connect() {
  try {
    const response = await fetch('ui/events', { headers: token ? { authorization: `Bearer ${token}` } : {}, cache: 'no-store' });
    if (response.status === 401 || response.status === 403) {
      showSummary(response.status === 401 ? 'Sign in to see the state of the gateway' : 'The policy does not permit this', 'bad');
      byId('login').hidden = false;
      return;
    }
    if (!response.ok) {
      throw new Error(`HTTP status ${response.status}`);
    }
    byId('login').hidden = true;
    await readEvents(response.body);
    throw new Error('the gateway has closed the connection');
  } catch (error) {
    showSummary(`No connection: ${error.message}. Trying again.`, 'bad');
    setTimeout(connect, retryMilliseconds);
  }
}

byId('login').addEventListener('submit', (event) => {
  event.preventDefault();
  token = byId('token').value;
  byId('token').value = '';
  showSummary('Connecting…', '');
  connect();
});

connect();
