// ioredis, as programs use it. Usage: node ioredis_test.mjs PORT
import assert from 'node:assert/strict';
import { once } from 'node:events';
import process from 'node:process';
import Redis from 'ioredis';

const port = Number(process.argv[2]);
const open = (options = {}) => new Redis({ port, ...options });
// Of an array of names and values.
const pairs = (flat) => Object.fromEntries(
  Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1]]));

async function streams(client) {
  assert.equal(await client.xadd('s', '1-1', 'a', '1', 'b', '2'), '1-1');
  const id = await client.xadd('s', 'MAXLEN', '~', 1000, '*', 'a', '3');
  assert.equal(await client.xlen('s'), 2);
  assert.deepEqual(await client.xrange('s', '-', '+', 'COUNT', 1),
    [['1-1', ['a', '1', 'b', '2']]]);
  assert.deepEqual(await client.xrevrange('s', '+', '-', 'COUNT', 1), [[id, ['a', '3']]]);
  assert.deepEqual(await client.xread('COUNT', 1, 'STREAMS', 's', '0'),
    [['s', [['1-1', ['a', '1', 'b', '2']]]]]);
  assert.equal(await client.xread('STREAMS', 's', '$'), null);
  const bytes = Buffer.from([0, 255, 13, 10, 36]);
  await client.xadd('raw', '*', 'b', bytes);
  assert.deepEqual((await client.xrangeBuffer('raw', '-', '+'))[0][1][1], bytes);
  assert.equal(pairs(await client.xinfo('STREAM', 's')).length, 2);
  assert.equal(await client.xdel('s', '1-1'), 1);
  assert.equal(await client.xtrim('s', 'MAXLEN', 0), 1);
  assert.equal(await client.type('s'), 'stream');
  assert.equal(await client.expire('s', 100), 1);
  assert.deepEqual((await client.scan(0, 'MATCH', 'ra*'))[1], ['raw']);
  await assert.rejects(client.set('k', 'v'), /unknown command/);
  const replies = await Promise.all(
    Array.from({ length: 500 }, (_, n) => client.xadd('piped', '*', 'n', n)));
  assert.equal(new Set(replies).size, 500);
  const pipeline = client.pipeline();
  for (let n = 0; n < 500; ++n) pipeline.xadd('piped', '*', 'n', n);
  pipeline.xlen('piped');
  assert.deepEqual((await pipeline.exec()).at(-1), [null, 1000]);
}

async function groups(client) {
  await client.xgroup('CREATE', 'jobs', 'g', '0', 'MKSTREAM');
  const ids = [];
  for (let n = 0; n < 5; ++n) ids.push(await client.xadd('jobs', '*', 'n', n));
  const got = await client.xreadgroup('GROUP', 'g', 'ann', 'COUNT', 3, 'STREAMS', 'jobs', '>');
  assert.deepEqual(got[0][1].map((entry) => entry[0]), ids.slice(0, 3));
  assert.equal(await client.xack('jobs', 'g', ids[0]), 1);
  assert.deepEqual(await client.xpending('jobs', 'g'), [2, ids[1], ids[2], [['ann', '2']]]);
  assert.equal((await client.xpending('jobs', 'g', '-', '+', 10)).length, 2);
  assert.deepEqual(await client.xclaim('jobs', 'g', 'bob', 0, ids[1], 'JUSTID'), [ids[1]]);
  assert.equal((await client.xautoclaim('jobs', 'g', 'eve', 0, '0'))[1].length, 2);
  assert.equal(pairs((await client.xinfo('GROUPS', 'jobs'))[0]).pending, 2);
  assert.equal((await client.xinfo('CONSUMERS', 'jobs', 'g')).length, 3);
  await assert.rejects(client.xgroup('CREATE', 'jobs', 'g', '0'), /BUSYGROUP/);
  await assert.rejects(client.xreadgroup('GROUP', 'no', 'c', 'STREAMS', 'jobs', '>'), /NOGROUP/);
}

async function blocking(client) {
  const reader = open();
  const reading = reader.xread('BLOCK', 0, 'STREAMS', 'late', '$');
  const worker = open();
  await client.xgroup('CREATE', 'late', 'g', '$', 'MKSTREAM');
  const working = worker.xreadgroup('GROUP', 'g', 'c', 'BLOCK', 0, 'STREAMS', 'late', '>');
  while (!(await client.info('clients')).includes('blocked_clients:2')) { /* not yet */ }
  const id = await client.xadd('late', '*', 'f', 'v');
  assert.deepEqual(await reading, [['late', [[id, ['f', 'v']]]]]);
  assert.deepEqual(await working, [['late', [[id, ['f', 'v']]]]]);
  assert.equal(await reader.xread('BLOCK', 1, 'STREAMS', 'late', '$'), null);
  reader.disconnect();
  worker.disconnect();
}

async function pubsub(client) {
  const subscriber = open();
  assert.equal(await subscriber.subscribe('news', 'sport'), 2);
  assert.equal(await subscriber.psubscribe('n*s'), 3);
  assert.equal(await subscriber.ssubscribe('shard'), 1);
  const messages = [];
  const all = new Promise((resolve) => {
    const take = (...message) => messages.push(message) === 3 && resolve();
    subscriber.on('message', (channel, text) => take('message', channel, text));
    subscriber.on('pmessage', (pattern, channel, text) => take('pmessage', pattern, channel, text));
    subscriber.on('smessage', (channel, text) => take('smessage', channel, text));
  });
  assert.equal(await client.publish('news', 'hello'), 2);
  assert.equal(await client.spublish('shard', 'hi'), 1);
  await all;
  assert.deepEqual(messages, [['message', 'news', 'hello'], ['pmessage', 'n*s', 'news', 'hello'],
    ['smessage', 'shard', 'hi']]);
  assert.deepEqual((await client.pubsub('CHANNELS', '*')).sort(), ['news', 'sport']);
  assert.equal(await subscriber.unsubscribe('news'), 2);
  assert.equal(await client.publish('news', 'again'), 1);
  subscriber.disconnect();
}

// Both connections are cut off: the client connects again, and has its subscriptions back.
async function reconnect(client) {
  const subscriber = open();
  await subscriber.subscribe('after');
  const other = open();
  const ready = Promise.all([once(subscriber, 'ready'), once(other, 'ready')]);
  await once(other, 'ready');
  const id = await other.client('ID');
  const subscribed = (await client.client('LIST', 'TYPE', 'pubsub')).match(/id=(\d+)/)[1];
  const back = Promise.all([once(subscriber, 'ready'), once(other, 'ready')]);
  assert.equal(await client.client('KILL', 'ID', id), 1);
  assert.equal(await client.client('KILL', 'ID', subscribed), 1);
  await back;
  assert.ok(await other.client('ID') > id);
  while ((await client.pubsub('NUMSUB', 'after'))[1] !== 1) { /* not yet */ }
  const heard = once(subscriber, 'message');
  await client.publish('after', 'still here');
  assert.deepEqual(await heard, ['after', 'still here']);
  subscriber.disconnect();
  other.disconnect();
  await ready.catch(() => {});
}

async function transactions(client) {
  const replies = await client.multi().xadd('t', '1-1', 'a', '1').xlen('t').exec();
  assert.deepEqual(replies, [[null, '1-1'], [null, 1]]);
  await client.watch('t');
  const other = open();
  await other.xadd('t', '1-2', 'a', '2');
  assert.equal(await client.multi().xlen('t').exec(), null);
  other.disconnect();
}

const client = open();
await client.flushall();
for (const test of [streams, groups, blocking, pubsub, reconnect]) {
  await test(client);
}
if ((await client.command('INFO', 'multi'))[0] !== null) await transactions(client);
await client.flushall();
await client.quit();
