import { LightningElement, api, wire } from 'lwc';
import { getRecord, getFieldValue } from 'lightning/uiRecordApi';
import INQUIRY_KEY from '@salesforce/schema/Case.LineInquiryKey__c';
import title from '@salesforce/label/c.Tsunagi_Chat_Title';
import loading from '@salesforce/label/c.Tsunagi_Chat_Loading';
import none from '@salesforce/label/c.Tsunagi_Chat_None';
import unreadable from '@salesforce/label/c.Tsunagi_Chat_Unreadable';
import notConfigured from '@salesforce/label/c.Tsunagi_Chat_Not_Configured';

// What a hub's page is found by: its inquiry's UUID without hyphens.
const KEY = /^[0-9a-f]{32}$/i;

/** The LINE chat of a Case: the hub's page of its inquiry in a frame. Who may see it, the hub decides. */
export default class LineChat extends LightningElement {
    @api recordId;
    /** Where the hub is, such as https://hub.example.com; set in the Lightning App Builder. */
    @api hubAddress;
    /** In pixels. */
    @api height = 600;

    labels = { title };

    @wire(getRecord, { recordId: '$recordId', fields: [INQUIRY_KEY] })
    record;

    get address() {
        return this.hub && this.key ? `${this.hub}/embed/cases/${this.key}` : null;
    }

    get hub() {
        let url;
        try {
            url = new URL((this.hubAddress ?? '').trim());
        } catch {
            return null;
        }
        const bare = url.pathname === '/' && !url.search && !url.hash && !url.username && !url.password;
        return url.protocol === 'https:' && bare ? url.origin : null;
    }

    get key() {
        const value = getFieldValue(this.record.data, INQUIRY_KEY);
        return KEY.test(value ?? '') ? value : null;
    }

    get message() {
        if (!this.hub) {
            return notConfigured;
        }
        if (this.record.error) {
            return unreadable;
        }
        return this.record.data ? none : loading;
    }

    /** What is wrong is read out; that a Case came another way than LINE is not. */
    get messageRole() {
        return !this.hub || this.record.error ? 'alert' : null;
    }

    get size() {
        return `height: ${Number(this.height) || 600}px`;
    }
}
