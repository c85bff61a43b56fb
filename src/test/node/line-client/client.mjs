// LINE's own client for Node against the simulator, as any bot would use it. Ends with 0 when everything is as LINE's
// client expects; prints what is not. Its webhooks come in here too, so that their signatures are checked by LINE's code.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { randomUUID } from 'node:crypto';
import { channelAccessToken, HTTPFetchError, messagingApi, validateSignature } from '@line/bot-sdk';

const [baseURL] = process.argv.slice(2);
const SECRET = 'sandbox-main-secret';
const USER = 'Uaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';
const client = new messagingApi.MessagingApiClient({ baseURL, channelAccessToken: 'sandbox-main-token' });
const blobs = new messagingApi.MessagingApiBlobClient({ baseURL, channelAccessToken: 'sandbox-main-token' });

const arrived = [];
let heard = () => {};
const bot = createServer((request, answer) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    const valid = validateSignature(body, SECRET, request.headers['x-line-signature']);
    answer.writeHead(valid ? 200 : 401).end();
    if (valid) arrived.push(...JSON.parse(body).events);
    heard();
  });
});
await new Promise((listening) => bot.listen(0, '127.0.0.1', listening));

async function control(method, path, body) {
  const answer = await fetch(`${baseURL}/sandbox${path}`, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
  return answer.json();
}

/** The customer does something; gives the event as it came in at the webhook. */
async function event(path, body) {
  const before = arrived.length;
  await control('POST', `/users/${USER}${path}`, { account: 'main', ...body });
  if (arrived.length === before) await new Promise((next) => { heard = next; });
  return arrived.at(-1);
}

async function refused(status, call) {
  const error = await call.then(() => assert.fail(`expected ${status}`), (e) => e);
  assert.ok(error instanceof HTTPFetchError, String(error));
  assert.equal(error.status, status, error.body);
  return JSON.parse(error.body);
}

const text = (words) => ({ type: 'text', text: words });
const checks = {
  async 'the webhook is set, told and tested'() {
    await client.setWebhookEndpoint({ endpoint: `http://127.0.0.1:${bot.address().port}/line/main` });
    const { endpoint, active } = await client.getWebhookEndpoint();
    assert.match(endpoint, /\/line\/main$/);
    assert.equal(active, true);
    const { success, statusCode } = await client.testWebhookEndpoint({});
    assert.deepEqual([success, statusCode], [true, 200]);
  },
  async 'a reply token works once'() {
    const { replyToken, message } = await event('/messages', { type: 'text', text: 'こんにちは' });
    const { sentMessages } = await client.replyMessage({ replyToken, messages: [{ ...text('はい'), quoteToken: message.quoteToken }] });
    assert.equal(sentMessages.length, 1);
    const body = await refused(400, client.replyMessage({ replyToken, messages: [text('もう一度')] }));
    assert.match(body.message, /reply token/i);
  },
  async 'a push with the same retry key arrives once'() {
    const key = randomUUID();
    const push = { to: USER, messages: [text('一度だけ')] };
    const first = await client.pushMessageWithHttpInfo(push, key);
    assert.equal(first.httpResponse.status, 200);
    await refused(409, client.pushMessage(push, key));
    const chat = await (await fetch(`${baseURL}/sandbox/users/${USER}/chat?account=main`)).json();
    assert.equal(chat.filter((shown) => shown.text === '一度だけ').length, 1);
  },
  async 'what LINE would refuse is refused, with the place of the mistake'() {
    const body = await refused(400, client.pushMessage({ to: USER, messages: [text('x'.repeat(5001))] }));
    assert.equal(body.details[0].property, 'messages[0].text');
    await refused(400, client.validatePush({ messages: [{ type: 'sticker', packageId: '1', stickerId: '1' }] }));
    await client.validatePush({ messages: [{ type: 'sticker', packageId: '446', stickerId: '1988' }] });
  },
  async 'another token is none'() {
    const stranger = new messagingApi.MessagingApiClient({ baseURL, channelAccessToken: 'nobody' });
    await refused(401, stranger.getBotInfo());
  },
  async 'profile, bot info and quota are told'() {
    assert.equal((await client.getProfile(USER)).userId, USER);
    assert.ok((await client.getBotInfo()).chatMode);
    assert.ok((await client.getMessageQuota()).type);
    assert.ok((await client.getMessageQuotaConsumption()).totalUsage >= 1);
    await refused(404, client.getProfile('Uffffffffffffffffffffffffffffffff'));
  },
  async 'content comes as bytes, once it is prepared'() {
    const picture = await event('/messages', { type: 'image' });
    const chunks = [];
    for await (const chunk of await blobs.getMessageContent(picture.message.id)) chunks.push(chunk);
    assert.deepEqual([...Buffer.concat(chunks).subarray(0, 2)], [0xff, 0xd8]);
    await control('PUT', '/settings', { transcodingPolls: 1 });
    const film = await event('/messages', { type: 'video' });
    assert.equal((await blobs.getMessageContentTranscodingByMessageId(film.message.id)).status, 'processing');
    assert.equal((await blobs.getMessageContentTranscodingByMessageId(film.message.id)).status, 'succeeded');
    await event('/events', { type: 'unsend', messageId: picture.message.id });
    await refused(410, blobs.getMessageContent(picture.message.id));
  },
  async 'the small signs are taken'() {
    const { message } = await event('/messages', { type: 'text', text: '読んで' });
    await client.showLoadingAnimation({ chatId: USER, loadingSeconds: 20 });
    await refused(400, client.showLoadingAnimation({ chatId: USER, loadingSeconds: 7 }));
    await client.markMessagesAsReadByToken({ markAsReadToken: message.markAsReadToken });
    assert.ok((await client.issueLinkToken(USER)).linkToken);
  },
  async 'a stateless token works'() {
    const oauth = new channelAccessToken.ChannelAccessTokenClient({ baseURL });
    const { access_token: token, expires_in: seconds } = await oauth.issueStatelessChannelTokenByClientSecret('main', SECRET);
    assert.equal(seconds, 900);
    await new messagingApi.MessagingApiClient({ baseURL, channelAccessToken: token }).getBotInfo();
  },
};

await control('PUT', `/users/${USER}`, { displayName: 'ノード', account: 'main' });
let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
    console.log(`ok: ${name}`);
  } catch (error) {
    failed++;
    console.log(`not ok: ${name}\n${error.stack}`);
  }
}
bot.close();
process.exit(failed ? 1 : 0);
