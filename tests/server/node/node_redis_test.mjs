// node-redis, as programs use it, in RESP2 and RESP3. Usage: node node_redis_test.mjs PORT
import assert from 'node:assert/strict';
import process from 'node:process';
import { createClient } from 'redis';

const port = Number(process.argv[2]);
let RESP = 2;

async function open() {
  const client = createClient({ RESP, socket: { port, reconnectStrategy: 10 } });
  client.on('error', () => {});  // of connections that are cut off on purpose
  return client.connect();
}
const messagesOf = (read) => read[0].messages.map(({ id, message }) => [id, { ...message }]);
// The first stream and its entries; node-redis refuses to transform what RESP3 has there: a map.
const readOf = (reply) => (Array.isArray(reply) ? reply : Object.entries(reply))[0];

async function streams(client) {
  assert.equal(await client.xAdd('s', '1-1', { a: '1', b: '2' }), '1-1');
  const id = await client.xAdd('s', '*', { a: '3' },
    { TRIM: { strategy: 'MAXLEN', strategyModifier: '~', threshold: 1000 } });
  assert.equal(await client.xAddNoMkStream('none', '*', { a: '3' }), null);
  assert.equal(await client.xLen('s'), 2);
  const [first] = await client.xRange('s', '-', '+', { COUNT: 1 });
  assert.deepEqual([first.id, { ...first.message }], ['1-1', { a: '1', b: '2' }]);
  assert.equal((await client.xRevRange('s', '+', '-', { COUNT: 1 }))[0].id, id);
  if (RESP === 2) {
    const read = await client.xRead({ key: 's', id: '0' }, { COUNT: 1 });
    assert.deepEqual(messagesOf(read), [['1-1', { a: '1', b: '2' }]]);
    assert.equal(await client.xRead({ key: 's', id: '$' }), null);
  }
  const info = await client.xInfoStream('s');
  assert.equal(info.length, 2);
  assert.equal(info['first-entry'].id, '1-1');
  assert.equal(await client.xDel('s', '1-1'), 1);
  assert.equal(await client.xTrim('s', 'MAXLEN', 0), 1);
  assert.equal(await client.type('s'), 'stream');
  assert.equal(await client.expire('s', 100), 1);
  const keys = [];
  for await (const found of client.scanIterator({ MATCH: 's*' })) keys.push(...found);
  assert.deepEqual(keys, ['s']);
  await assert.rejects(client.set('k', 'v'), /unknown command/);
  const ids = await Promise.all(
    Array.from({ length: 1000 }, (_, n) => client.xAdd('piped', '*', { n: `${n}` })));
  assert.equal(new Set(ids).size, 1000);
  assert.equal(await client.xLen('piped'), 1000);
}

async function groups(client) {
  assert.equal(await client.xGroupCreate('jobs', 'g', '0', { MKSTREAM: true }), 'OK');
  const ids = [];
  for (let n = 0; n < 5; ++n) ids.push(await client.xAdd('jobs', '*', { n: `${n}` }));
  const command = ['XREADGROUP', 'GROUP', 'g', 'ann', 'COUNT', '3', 'STREAMS', 'jobs', '>'];
  const got = readOf(await client.sendCommand(command));
  assert.equal(got[0], 'jobs');
  assert.deepEqual(got[1].map((entry) => entry[0]), ids.slice(0, 3));
  assert.equal(await client.xAck('jobs', 'g', ids[0]), 1);
  const pending = await client.xPending('jobs', 'g');
  assert.deepEqual([pending.pending, pending.firstId, pending.lastId], [2, ids[1], ids[2]]);
  assert.equal((await client.xPendingRange('jobs', 'g', '-', '+', 10))[0].deliveriesCounter, 1);
  assert.deepEqual(await client.xClaimJustId('jobs', 'g', 'bob', 0, ids[1]), [ids[1]]);
  assert.equal((await client.xAutoClaim('jobs', 'g', 'eve', 0, '0')).messages.length, 2);
  assert.equal((await client.xInfoGroups('jobs'))[0].pending, 2);
  assert.equal((await client.xInfoConsumers('jobs', 'g')).length, 3);
  await assert.rejects(client.xGroupCreate('jobs', 'g', '0'), /BUSYGROUP/);
  assert.equal(await client.xGroupDestroy('jobs', 'g'), 1);
}

async function blocking(client) {
  const reader = await open();
  const reading = reader.sendCommand(['XREAD', 'BLOCK', '0', 'STREAMS', 'late', '$']);
  while (!(await client.info('clients')).includes('blocked_clients:1')) { /* not yet */ }
  const id = await client.xAdd('late', '*', { f: 'v' });
  assert.deepEqual(readOf(await reading), ['late', [[id, ['f', 'v']]]]);
  assert.equal(await reader.sendCommand(['XREAD', 'BLOCK', '1', 'STREAMS', 'late', '$']), null);
  reader.destroy();
}

async function pubsub(client) {
  const subscriber = await open();
  const messages = [];
  let done;
  const all = new Promise((resolve) => { done = resolve; });
  const take = (kind) => (text, channel) => messages.push([kind, channel, text]) === 3 && done();
  await subscriber.subscribe('news', take('message'));
  await subscriber.pSubscribe('n*s', take('pmessage'));
  await subscriber.sSubscribe('shard', take('smessage'));
  assert.equal(await client.publish('news', 'hello'), 2);
  assert.equal(await client.sPublish('shard', 'hi'), 1);
  await all;
  assert.deepEqual(messages, [['message', 'news', 'hello'], ['pmessage', 'news', 'hello'],
    ['smessage', 'shard', 'hi']]);
  assert.deepEqual(await client.pubSubChannels(), ['news']);
  assert.equal(await client.pubSubNumPat(), 1);
  // In RESP3 a subscriber may also ask.
  if (RESP === 3) assert.equal(await subscriber.xLen('piped'), 1000);
  await subscriber.unsubscribe('news');
  assert.equal(await client.publish('news', 'again'), 1);
  subscriber.destroy();
}

// It is cut off, connects again, and has its subscriptions back.
async function reconnect(client) {
  const subscriber = await open();
  let heard;
  const message = new Promise((resolve) => { heard = resolve; });
  await subscriber.subscribe('after', heard);
  const [{ id }] = (await client.clientList()).filter((each) => each.sub === 1);
  const back = new Promise((resolve) => { subscriber.once('ready', resolve); });
  await client.clientKill({ filter: 'ID', id });
  await back;
  while ((await client.pubSubNumSub(['after'])).after !== 1) { /* not yet */ }
  await client.publish('after', 'still here');
  assert.equal(await message, 'still here');
  subscriber.destroy();
}

async function transactions(client) {
  const replies = await client.multi().xAdd('t', '1-1', { a: '1' }).xLen('t').exec();
  assert.deepEqual(replies, ['1-1', 1]);
}

for (RESP of [2, 3]) {
  const client = await open();
  await client.flushAll();
  for (const test of [streams, groups, blocking, pubsub, reconnect]) {
    await test(client);
  }
  if ((await client.sendCommand(['COMMAND', 'INFO', 'multi']))[0] !== null) {
    await transactions(client);
  }
  await client.flushAll();
  await client.close();
}
