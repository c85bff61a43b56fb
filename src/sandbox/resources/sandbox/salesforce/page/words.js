// The words of the page. One key, two languages.
const words = {
  ja: {
    name: 'Salesforce シミュレーター', fake: '本物の Salesforce ではありません', live: '更新中', away: 'つなぎ直しています',
    usage: 'API {0} / {1} 回', find: '一覧を絞り込む', dark: '暗い画面', light: '明るい画面', other: 'English',
    Case: 'ケース', Contact: '取引先責任者', Knowledge__kav: 'ナレッジ', calls: 'API 呼び出し',
    number: '番号', subject: '件名', contact: 'お客様', status: '状態', origin: '発生源', created: '作成', changed: '更新',
    fullName: '氏名', language: '言語', line: 'LINE', member: '会員番号', linked: '連携済み', title: 'タイトル',
    category: '分類', audience: '公開', public: 'お客様', internal: '社内用', time: '時刻', call: '呼び出し', client: 'クライアント',
    answer: '応答', fields: '項目', transcript: 'やりとりの記録', comments: 'コメント', cases: 'ケース', article: '本文',
    translations: 'ほかの言語', sent: '送った内容', said: '{1} 件中 {0} 件を表示', rows: '{0} 件', noRows: '該当するものはありません。',
    choose: '左の一覧から選ぶと、ここに中身が出ます。', noTalk: 'このケースのやりとりはまだ届いていません。',
    gone: 'このレコードはもうありません。', customer: 'お客様', bot: '自動応答', operator: 'オペレーター', fault: '起こした障害', files: 'ナレッジの利用',
  },
  en: {
    name: 'Salesforce simulator', fake: 'Not the real Salesforce', live: 'Live', away: 'Reconnecting',
    usage: 'API calls {0} / {1}', find: 'Filter the list', dark: 'Dark', light: 'Light', other: '日本語',
    Case: 'Cases', Contact: 'Contacts', Knowledge__kav: 'Knowledge', calls: 'API calls',
    number: 'Number', subject: 'Subject', contact: 'Contact', status: 'Status', origin: 'Origin', created: 'Created', changed: 'Changed',
    fullName: 'Name', language: 'Lang.', line: 'LINE', member: 'Member no.', linked: 'Linked', title: 'Title',
    category: 'Category', audience: 'For', public: 'Customers', internal: 'Internal', time: 'Time', call: 'Call', client: 'Client',
    answer: 'Answer', fields: 'Fields', transcript: 'Transcript', comments: 'Comments', cases: 'Cases', article: 'Article',
    translations: 'Other languages', sent: 'What was sent', said: '{0} of {1} shown', rows: '{0} rows', noRows: 'Nothing matches.',
    choose: 'Choose a row on the left to see what is in it.', noTalk: 'No messages of this case have arrived yet.',
    gone: 'This record no longer exists.', customer: 'Customer', bot: 'Bot', operator: 'Operator', fault: 'Fault injected', files: 'Knowledge used',
  },
};

const asked = new URLSearchParams(location.search);
export const language = ['ja', 'en'].includes(asked.get('lang')) ? asked.get('lang') : navigator.language.startsWith('ja') ? 'ja' : 'en';
export const theme = ['light', 'dark'].includes(asked.get('theme'))
  ? asked.get('theme')
  : matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';

/** Gives the words for a key, with {0}, {1} filled. */
export function say(key, ...values) {
  return values.reduce((text, value, i) => text.replace(`{${i}}`, value), words[language][key] ?? key);
}
