import { createElement } from 'lwc';
import { getRecord } from 'lightning/uiRecordApi';
import LineChat from 'c/lineChat';

const KEY = '7e3c6a52000050008000000000000001';
const HUB = 'https://hub.example.com';

function shown(properties = { hubAddress: HUB }) {
    const chat = createElement('c-line-chat', { is: LineChat });
    Object.assign(chat, { recordId: '500000000000001AAA' }, properties);
    document.body.appendChild(chat);
    return chat;
}

async function read(key) {
    getRecord.emit({ apiName: 'Case', fields: { LineInquiryKey__c: { value: key, displayValue: null } } });
    await Promise.resolve();
}

const frame = (chat) => chat.shadowRoot.querySelector('iframe');
const message = (chat) => chat.shadowRoot.querySelector('p');

describe('the LINE chat of a Case', () => {
    afterEach(() => {
        while (document.body.firstChild) {
            document.body.removeChild(document.body.firstChild);
        }
    });

    it('asks for the field of its own Case', async () => {
        shown();
        await read(KEY);

        expect(getRecord.getLastConfig()).toEqual({
            recordId: '500000000000001AAA',
            fields: [{ fieldApiName: 'LineInquiryKey__c', objectApiName: 'Case' }],
        });
    });

    it('stands in a frame that has a name', async () => {
        const chat = shown();
        await read(KEY);

        expect(frame(chat).src).toBe(`${HUB}/embed/cases/${KEY}`);
        expect(frame(chat).title).toBe('c.Tsunagi_Chat_Title');
        expect(frame(chat).style.height).toBe('600px');
        expect(message(chat)).toBeNull();
    });

    it('is as high as the page wants it', async () => {
        const chat = shown({ hubAddress: HUB, height: 900 });
        await read(KEY);

        expect(frame(chat).style.height).toBe('900px');
    });

    it.each([`${HUB}/`, ` ${HUB} `, 'HTTPS://HUB.example.com'])('takes the address as it was typed: "%s"', async (hubAddress) => {
        const chat = shown({ hubAddress });
        await read(KEY);

        expect(frame(chat).src).toBe(`${HUB}/embed/cases/${KEY}`);
    });

    it.each([
        undefined,
        '',
        'hub.example.com',
        'http://hub.example.com',
        'javascript:alert(1)//',
        'https://hub.example.com/console',
        'https://hub.example.com/?x=1',
        'https://hub.example.com/#x',
        'https://someone@hub.example.com',
    ])('says that the hub is not configured with the address "%s"', async (hubAddress) => {
        const chat = shown({ hubAddress });
        await read(KEY);

        expect(frame(chat)).toBeNull();
        expect(message(chat).textContent).toBe('c.Tsunagi_Chat_Not_Configured');
        expect(message(chat).getAttribute('role')).toBe('alert');
    });

    it('waits for the Case', async () => {
        const chat = shown();
        await Promise.resolve();

        expect(frame(chat)).toBeNull();
        expect(message(chat).textContent).toBe('c.Tsunagi_Chat_Loading');
    });

    it.each([null, '', 'x', `${KEY}/../..`, `${KEY}0`])('says that there is no inquiry when the field holds "%s"', async (key) => {
        const chat = shown();
        await read(key);

        expect(frame(chat)).toBeNull();
        expect(message(chat).textContent).toBe('c.Tsunagi_Chat_None');
        expect(message(chat).getAttribute('role')).toBeNull();
    });

    it('says that the field cannot be read', async () => {
        const chat = shown();
        getRecord.error();
        await Promise.resolve();

        expect(frame(chat)).toBeNull();
        expect(message(chat).textContent).toBe('c.Tsunagi_Chat_Unreadable');
    });

    it('goes to the chat of another Case', async () => {
        const chat = shown();
        await read(KEY);
        await read(null);
        expect(frame(chat)).toBeNull();
        await read('0'.repeat(32));

        expect(frame(chat).src).toBe(`${HUB}/embed/cases/${'0'.repeat(32)}`);
    });
});
