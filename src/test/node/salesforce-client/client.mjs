// jsforce, the Salesforce client of another language, against the simulator, as any integration would use it. Ends with 0
// when everything is as it expects of Salesforce; prints what is not.
import assert from 'node:assert/strict';
import jsforce from 'jsforce';

const [instanceUrl] = process.argv.slice(2);
const credentials = { loginUrl: instanceUrl, clientId: 'sandbox-client', clientSecret: 'sandbox-client-secret' };
const connect = () => new jsforce.Connection({ instanceUrl, loginUrl: instanceUrl, version: '62.0', oauth2: credentials });
const conn = connect();
let failed = 0;

async function check(what, work) {
  try {
    await work();
    console.log(`ok: ${what}`);
  } catch (error) {
    failed += 1;
    console.log(`not ok: ${what}: ${error.stack}`);
  }
}

/** Waits for what `begin` hands its callback, but not for ever. */
const within = (millis, begin) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`nothing came within ${millis} ms`)), millis);
    begin((value) => {
      clearTimeout(timer);
      resolve(value);
    });
  });

await check('a wrong secret does not sign in', async () => {
  const other = new jsforce.Connection({ instanceUrl, loginUrl: instanceUrl, version: '62.0', oauth2: { ...credentials, clientSecret: 'wrong' } });
  await assert.rejects(other.authorize({ grant_type: 'client_credentials' }));
});

await check('client credentials sign in', async () => {
  await conn.authorize({ grant_type: 'client_credentials' });
  assert.match(conn.accessToken, /^00D/);
  assert.ok((await conn.identity()).user_id);
});

let contact;
await check('a record is made, read, changed and deleted', async () => {
  contact = (await conn.sobject('Contact').create({ LastName: '青木', Email: 'aoki@example.com' })).id;
  assert.equal((await conn.sobject('Contact').retrieve(contact)).LastName, '青木');
  assert.ok((await conn.sobject('Contact').update({ Id: contact, Email: 'new@example.com' })).success);
  assert.equal((await conn.sobject('Contact').retrieve(contact)).Email, 'new@example.com');
  const gone = (await conn.sobject('Contact').create({ LastName: 'gone' })).id;
  assert.ok((await conn.sobject('Contact').destroy(gone)).success);
  await assert.rejects(conn.sobject('Contact').retrieve(gone), (error) => error.errorCode === 'NOT_FOUND' || error.errorCode === 'ENTITY_IS_DELETED');
});

await check('an upsert by an external id makes one record and then changes it', async () => {
  const key = 'jsforce-1';
  const first = await conn.sobject('Case').upsert({ LineInquiryKey__c: key, Subject: 'first', ContactId: contact }, 'LineInquiryKey__c');
  const second = await conn.sobject('Case').upsert({ LineInquiryKey__c: key, Subject: 'second' }, 'LineInquiryKey__c');
  assert.equal(second.id, first.id);
  const { records } = await conn.query(`SELECT Id, Subject, Contact.LastName FROM Case WHERE LineInquiryKey__c = '${key}'`);
  assert.equal(records.length, 1);
  assert.equal(records[0].Subject, 'second');
  assert.equal(records[0].Contact.LastName, '青木');
});

await check('a field that is not there is refused by its code', async () => {
  await assert.rejects(conn.sobject('Case').create({ Nonsense__c: 1 }), (error) => error.errorCode === 'INVALID_FIELD');
  await assert.rejects(conn.query('SELECT Nonsense__c FROM Case'), (error) => error.errorCode === 'INVALID_FIELD');
});

await check('collections make 200 records a call and say which failed', async () => {
  const rows = Array.from({ length: 450 }, (_, i) => ({ MessageKey__c: `jsforce-${i}`, Text__c: `text ${i}` }));
  const made = await conn.sobject('LineMessage__c').create(rows, { allowRecursive: true });
  assert.equal(made.filter((row) => row.success).length, 450);
  const again = await conn.sobject('LineMessage__c').create([{ MessageKey__c: 'jsforce-0' }, { MessageKey__c: 'jsforce-new' }]);
  assert.equal(again[0].success, false);
  assert.equal(again[0].errors[0].statusCode, 'DUPLICATE_VALUE');
  assert.equal(again[1].success, true);
});

await check('a query is read page after page', async () => {
  const found = [];
  let page = await conn.query("SELECT Id FROM LineMessage__c WHERE MessageKey__c LIKE 'jsforce-%'", { headers: { 'Sforce-Query-Options': 'batchSize=200' } });
  found.push(...page.records);
  while (!page.done) {
    page = await conn.queryMore(page.nextRecordsUrl, { headers: { 'Sforce-Query-Options': 'batchSize=200' } });
    found.push(...page.records);
  }
  assert.equal(new Set(found.map((record) => record.Id)).size, 451);
});

await check('a search finds articles', async () => {
  const { searchRecords } = await conn.search("FIND {残高} IN ALL FIELDS RETURNING Knowledge__kav(Id, Title WHERE PublishStatus='Online' AND Language='ja' LIMIT 5)");
  assert.ok(searchRecords.length > 0);
});

await check('a composite call refers to what it made itself', async () => {
  const answer = await conn.request({
    method: 'POST',
    url: '/services/data/v62.0/composite',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      allOrNone: true,
      compositeRequest: [
        { method: 'POST', url: '/services/data/v62.0/sobjects/Case', referenceId: 'made', body: { Subject: 'composite' } },
        { method: 'POST', url: '/services/data/v62.0/sobjects/CaseComment', referenceId: 'said', body: { ParentId: '@{made.id}', CommentBody: 'hello' } },
      ],
    }),
  });
  assert.deepEqual(answer.compositeResponse.map((part) => part.httpStatusCode), [201, 201]);
});

await check('a change event is heard, and says which client made the change', async () => {
  const record = (await conn.sobject('Case').create({ Subject: 'heard' })).id;
  const client = conn.streaming.createClient([]);
  try {
    const event = await within(20000, (heard) => {
      client
        .subscribe('/data/CaseChangeEvent', (data) => {
          if (data.payload.ChangeEventHeader.recordIds.includes(record)) heard(data);
        })
        .then(() => conn.request({ method: 'PATCH', url: `/services/data/v62.0/sobjects/Case/${record}`, body: JSON.stringify({ Priority: 'High' }), headers: { 'content-type': 'application/json', 'Sforce-Call-Options': 'client=other' } }));
    });
    assert.equal(event.payload.ChangeEventHeader.changeType, 'UPDATE');
    assert.match(event.payload.ChangeEventHeader.changeOrigin, /client=other/);
    assert.equal(event.payload.Priority, 'High');
  } finally {
    client.disconnect();
  }
});

process.exit(failed ? 1 : 0);
