import { html, nothing, svg } from 'lit';
import { View, icon } from './view.js';
import { forbidden } from './sections.js';
import { state } from '../core/state.js';
import { get } from '../core/http.js';
import { go } from '../core/route.js';
import { moment, now, span, wall } from '../core/time.js';
import { has, lang, t } from '../core/words.js';
import { download } from '../core/csv.js';

/** Below so many cases a figure says little: it is greyed, and nobody is ranked by it. */
const FEW = 20;

const count = (n) => new Intl.NumberFormat(lang()).format(n);
const share = (part, whole) => (whole ? (100 * part) / whole : null);
const percent = (value) => (value === null ? '–' : value.toFixed(value === 100 ? 0 : 1));
const seconds = (value) => (value === null ? '–' : span(value));
const score = (value) => (value === null ? '–' : value.toFixed(2));

const today = () => wall(now()).slice(0, 10);
const day = (iso, by) => new Date(Date.parse(`${iso}T00:00:00Z`) + by * 86_400_000).toISOString().slice(0, 10);

/** The days a period stands for. */
const PERIODS = {
  day: () => [today(), today()],
  week: () => [day(today(), -6), today()],
  month: () => [`${today().slice(0, 8)}01`, today()],
};

const signed = (value, words) => (value === 0 ? '±0' : `${value > 0 ? '+' : '−'}${words(Math.abs(value))}`);

/** What became of the inquiries of some days. Every figure leads to its inquiries. */
class Reports extends View {
  static topics = ['place', 'me'];
  #report = null;
  #failed = null;
  #busy = false;
  #turn = 0;
  #shown = null;
  #own = false;

  willUpdate() {
    if (state.me.role !== 'supervisor' || state.place.page !== 'reports' || this.#shown === state.place.query) return;
    this.#shown = state.place.query;
    this.#load();
  }

  get #asked() {
    const query = new URLSearchParams(state.place.query);
    if (!query.get('from') || !query.get('until')) {
      const [from, until] = PERIODS.week();
      query.set('from', from);
      query.set('until', until);
    }
    return query;
  }

  async #load() {
    const turn = ++this.#turn;
    this.#busy = true;
    try {
      const report = await get(`/reports?${this.#asked}`);
      if (turn !== this.#turn) return;
      this.#report = report;
      this.#failed = null;
    } catch (error) {
      if (turn !== this.#turn || error.status === 401) return;
      this.#failed = error;
    }
    this.#busy = false;
    this.requestUpdate();
  }

  #set(values) {
    const query = this.#asked;
    for (const [name, value] of Object.entries(values)) {
      if (value) query.set(name, value);
      else query.delete(name);
    }
    go(`/reports?${query}`, { replace: true });
  }

  /** The list of the inquiries that a figure counts. */
  #list(more = {}) {
    const query = this.#asked;
    for (const [name, value] of Object.entries(more)) query.set(name, value);
    return `/find?${query}`;
  }

  #period() {
    const query = this.#asked;
    const here = Object.keys(PERIODS).find((each) => PERIODS[each]().join() === [query.get('from'), query.get('until')].join());
    const own = this.#own || !here;
    const press = (name) => {
      this.#own = false;
      const [from, until] = PERIODS[name]();
      this.#set({ from, until });
      this.requestUpdate();
    };
    const pick = (name) => html`<label class="sr" for="report-${name}">${t(`find.${name}`)}</label><input id="report-${name}" class="field day" type="date" max=${today()} .value=${query.get(name)} @change=${(event) => event.target.value && this.#set({ [name]: event.target.value })}>`;
    return html`<div class="seg" role="group" aria-label=${t('reports.period')}>${Object.keys(PERIODS).map((name) => html`<button aria-pressed=${!own && here === name} @click=${() => press(name)}>${t(`reports.${name}`)}</button>`)}<button aria-pressed=${own} @click=${() => ((this.#own = true), this.requestUpdate())}>${t('reports.own')}</button></div>
      ${own ? html`<span class="row">${pick('from')}<span aria-hidden="true">–</span>${pick('until')}</span>` : nothing}`;
  }

  #choice(name, all, options) {
    const here = this.#asked.get(name) ?? '';
    return html`<label class="sr" for="report-${name}">${t(`find.${name}`)}</label><select id="report-${name}" class="field pick" @change=${(event) => this.#set({ [name]: event.target.value })}><option value="" ?selected=${!here}>${t(all)}</option>${options.map(([value, words]) => html`<option value=${value} ?selected=${value === here}>${words}</option>`)}</select>`;
  }

  /** The values of a figure day by day; a day without one is left out. */
  #spark(values) {
    const known = values.filter((each) => each !== null);
    if (known.length < 2) return html`<span class="spark"></span>`;
    const least = Math.min(...known);
    const height = Math.max(...known) - least || 1;
    const points = values.map((value, at) => (value === null ? null : [(100 * at) / (values.length - 1), 28 - (24 * (value - least)) / height])).filter(Boolean);
    const [x, y] = points.at(-1);
    return html`<svg class="spark" viewBox="-4 0 108 32" preserveAspectRatio="none" aria-hidden="true"><polyline points=${points.map((each) => each.join()).join(' ')}></polyline><path d="M${x} ${y}h.01"></path></svg>`;
  }

  #trend() {
    const { trend, from, until } = this.#report;
    const byPlace = new Map(trend.map((each) => [each.at, each]));
    const places = [];
    if (from === until) for (let hour = 0; hour < 24; hour++) places.push(String(hour));
    else for (let each = from; each <= until; each = day(each, 1)) places.push(each);
    const last = places.findLastIndex((each) => byPlace.has(each));
    return places.slice(0, last + 1).map((each) => byPlace.get(each) ?? { opened: 0, ended: 0, byBot: 0, answered: 0, late: 0, median: null, score: null, paid: 0 });
  }

  /** @param change how it differs from before: the words, and whether that is good, bad or neither */
  #figure(word, value, unit, base, href, [change, tone], more, spark) {
    const words = html`${value}${unit ? html`<small> ${unit}</small>` : nothing}`;
    return html`<section class="rcard kp ${base < FEW ? 'few' : ''}" aria-labelledby="kp-${word}"><h2 id="kp-${word}">${t(`reports.${word}`)}</h2>
      <p class="big">${href ? html`<a class="num" href=${href} title=${base < FEW ? t('reports.few', { n: base }) : t('reports.list')}>${words}</a>` : html`<span class="num">${words}</span>`}</p>${spark}
      <p class="d"><b class="num ${tone}">${change}</b> <span class="clip" title=${more}>${more}</span></p></section>`;
  }

  #figures() {
    const { now: it, before, goalSeconds } = this.#report;
    const trend = this.#trend();
    const change = (one, other, words, good) => {
      if (one === null || other === null) return [t('reports.no-before'), ''];
      const by = one - other;
      return [signed(by, words), !good || !by ? '' : by > 0 === (good > 0) ? 'up' : 'down'];
    };
    const relative = (one, other, good) => (other ? change((100 * one) / other - 100, 0, (by) => `${by.toFixed(1)}%`, good) : [t('reports.no-before'), '']);
    const bot = (each) => share(each.byBot, each.ended);
    const inGoal = (each) => share(each.answered - each.late, each.answered);
    const points = (by) => by.toFixed(1);
    return html`
      ${this.#figure('opened', count(it.opened), '', it.opened, this.#list(), relative(it.opened, before.opened, 0), t('reports.before', { n: count(before.opened) }), this.#spark(trend.map((each) => each.opened)))}
      ${this.#figure('by-bot', percent(bot(it)), '%', it.ended, this.#list({ by: 'bot' }), change(bot(it), bot(before), points, 1), t('reports.by-bot.base', { n: count(it.byBot), of: count(it.ended) }), this.#spark(trend.map(bot)))}
      ${this.#figure('first', seconds(it.median), '', it.answered, this.#list({ answer: 'given' }), change(it.median, before.median, (by) => span(Math.round(by)), -1), t('reports.first.base', { goal: span(goalSeconds), ninetieth: seconds(it.ninetieth) }), this.#spark(trend.map((each) => each.median)))}
      ${this.#figure('in-goal', percent(inGoal(it)), '%', it.answered, this.#list({ answer: 'late' }), change(inGoal(it), inGoal(before), points, 1), t('reports.in-goal.base', { n: count(it.late), of: count(it.answered) }), this.#spark(trend.map(inGoal)))}
      ${this.#figure('score', score(it.score), '/ 5', it.rated, this.#list({ score: 'any' }), change(it.score, before.score, (by) => by.toFixed(2), 1), t('reports.score.base', { rate: percent(share(it.rated, it.asked)), n: count(it.rated) }), this.#spark(trend.map((each) => each.score)))}
      ${this.#figure('paid', count(it.paid), '', it.paid + it.free, null, relative(it.paid, before.paid, -1), t('reports.paid.base', { rate: percent(share(it.free, it.free + it.paid)) }), this.#spark(trend.map((each) => each.paid)))}`;
  }

  /** A round figure at or above the highest column. */
  #top(highest) {
    const size = 10 ** Math.floor(Math.log10(Math.max(1, highest)));
    return [1, 2, 3, 4, 6, 8, 10].map((each) => each * size).find((each) => each >= highest && (each >= 3 || highest < 3)) ?? 10 * size;
  }

  #hours() {
    const { hours } = this.#report;
    const byHour = Array.from({ length: 24 }, (_, hour) => hours.find((each) => each.hour === hour) ?? { hour, person: 0, bot: 0, ninetieth: null });
    const top = this.#top(Math.max(...byHour.map((each) => each.person + each.bot)));
    const longest = Math.max(60, ...byHour.map((each) => each.ninetieth ?? 0));
    const most = Math.ceil(longest / 60 / 2) * 120;
    const line = byHour.map((each) => (each.ninetieth === null ? null : [each.hour + 0.5, 100 - (100 * each.ninetieth) / most]));
    const pieces = [];
    for (const point of line) {
      if (!point) pieces.push([]);
      else (pieces.at(-1) ?? pieces[pieces.push([]) - 1]).push(point);
    }
    const drawn = pieces.filter((each) => each.length).map((piece) => svg`<polyline class="under" points=${piece.map((each) => each.join()).join(' ')}></polyline><polyline points=${piece.map((each) => each.join()).join(' ')}></polyline>`);
    return html`<section class="rcard" aria-labelledby="h-hours"><div class="rh"><h2 id="h-hours">${t('reports.hours')}</h2><ul class="legend end" role="list"><li><i class="c1"></i>${t('reports.person')}</li><li><i class="c2"></i>${t('reports.bot')}</li><li><i class="c4"></i>${t('reports.ninetieth')}</li></ul></div>
      <div class="chart"><div class="axis" aria-hidden="true">${[1, 2 / 3, 1 / 3, 0].map((part) => html`<span class="num">${Number.isInteger(top * part) || top > 20 ? count(Math.round(top * part)) : ''}</span>`)}</div>
        <div class="plot"><ol class="cols" role="list">${byHour.map((each) => {
          const words = t('reports.hour', { hour: each.hour, person: each.person, bot: each.bot, wait: seconds(each.ninetieth) });
          return html`<li><a href=${this.#list({ hour: each.hour })} aria-label=${words} title=${words}><i class="c2" .style=${`height: ${(100 * each.bot) / top}%`}></i><i class="c1" .style=${`height: ${(100 * each.person) / top}%`}></i></a></li>`;
        })}</ol><svg class="waits" viewBox="0 0 24 100" preserveAspectRatio="none" aria-hidden="true">${drawn}</svg></div>
        <div class="axis right" aria-hidden="true">${[1, 0.5, 0].map((part) => html`<span class="num">${span(most * part)}</span>`)}</div>
        <ol class="ticks" aria-hidden="true">${byHour.map((each) => html`<li class="num">${each.hour % 3 ? '' : t('reports.oclock', { n: each.hour })}</li>`)}</ol></div></section>`;
  }

  #scores() {
    const { scores, reasons, now: it } = this.#report;
    return html`<section class="rcard ${it.rated < FEW ? 'few' : ''}" aria-labelledby="h-scores"><div class="rh"><h2 id="h-scores">${t('reports.scores')}</h2><span class="end meta num">${t('reports.answers', { n: it.rated })}</span></div>
      <ul class="bars5" role="list">${[5, 4, 3, 2, 1].map((each) => {
        const part = share(scores[each - 1], it.rated) ?? 0;
        return html`<li><a class="num" href=${this.#list({ score: each })} aria-label=${t('reports.scored', { n: each, count: scores[each - 1], rate: Math.round(part) })}>${each}</a><span class="track" aria-hidden="true"><i class=${each < 3 ? 'c4' : 'c1'} .style=${`width: ${part}%`}></i></span><span class="num" aria-hidden="true">${Math.round(part)}%</span></li>`;
      })}</ul>${reasons.length ? html`<p class="meta reasons">${t('reports.reasons')} ${new Intl.ListFormat(lang(), { style: 'narrow' }).format(reasons.map((each) => t('reports.reason', { words: t(`survey.reason.${each.reason}`), n: each.answers })))}</p>` : nothing}${it.rated ? nothing : html`<p class="meta">${t('reports.no-answers')}</p>`}</section>`;
  }

  #topics() {
    const { topics } = this.#report;
    return html`<section class="rcard" aria-labelledby="h-topics"><div class="rh"><h2 id="h-topics">${t('reports.topics')}</h2></div>
      ${topics.length ? html`<div class="scroll rbox" tabindex="0" role="group" aria-label=${t('reports.topics')}><table><thead><tr><th scope="col">${t('find.topic')}</th><th scope="col" class="figure">${t('reports.count')}</th><th scope="col" class="barhead">${t('reports.by-bot')}</th><th scope="col" class="figure">${t('reports.score')}</th></tr></thead>
        <tbody>${topics.map((each) => {
          const bot = share(each.byBot, each.ended);
          return html`<tr class=${each.opened < FEW ? 'few' : ''}><th scope="row"><a class="clip" href=${this.#list({ topic: each.topic })} title=${each.topic}>${each.topic}</a></th><td class="num figure">${count(each.opened)}</td>
            <td><span class="row"><span class="track" aria-hidden="true"><i class="c1" .style=${`width: ${bot ?? 0}%`}></i></span><span class="num meta">${bot === null ? '–' : `${Math.round(bot)}%`}</span></span></td><td class="num figure">${each.score === null ? '–' : each.score.toFixed(1)}</td></tr>`;
        })}</tbody></table></div>` : html`<p class="meta">${t('find.none')}</p>`}</section>`;
  }

  #operators() {
    const { operators } = this.#report;
    const pair = (part, whole) => (whole ? `${part} / ${whole}` : '—');
    return html`<section class="rcard" aria-labelledby="h-operators"><div class="rh"><h2 id="h-operators">${t('reports.operators')}</h2><span class="meta clip">${t('reports.operators.order')}</span></div>
      ${operators.length ? html`<div class="scroll rbox" tabindex="0" role="group" aria-label=${t('reports.operators')}><table class="people"><thead><tr><th scope="col">${t('reports.name')}</th>${['count', 'first.short', 'handling', 'score', 'advice', 'approved'].map((head) => html`<th scope="col" class="figure">${t(`reports.${head}`)}</th>`)}</tr></thead>
        <tbody>${operators.map((each) => html`<tr class=${each.inquiries < FEW ? 'few' : ''}><th scope="row"><a class="clip" href=${this.#list({ operator: each.id })} title=${each.name ?? ''}>${each.name ?? '–'}</a></th><td class="num figure">${count(each.inquiries)}</td><td class="num figure">${seconds(each.median)}</td><td class="num figure">${seconds(each.handling)}</td>
          <td class="num figure">${each.score === null ? '–' : each.score.toFixed(1)}</td><td class="num figure">${pair(each.taken, each.advised)}</td><td class="num figure">${pair(each.asTheyWere, each.requests)}</td></tr>`)}</tbody></table></div>` : html`<p class="meta">${t('reports.nobody')}</p>`}</section>`;
  }

  /** All figures, one a line: kind, of what, which figure, value. */
  #csv() {
    const { from, until, now: it, trend, hours, scores, topics, operators, reasons } = this.#report;
    const lines = [['kind', 'of', 'figure', 'value']];
    const add = (kind, of, figures) => Object.entries(figures).forEach(([figure, value]) => lines.push([kind, of, figure, value ?? '']));
    add('period', `${from}/${until}`, it);
    for (const { at, ...more } of trend) add(from === until ? 'hour-of-day' : 'day', at, more);
    for (const { hour, ...more } of hours) add('hour', hour, more);
    scores.forEach((n, at) => add('score', at + 1, { answers: n }));
    for (const { reason, ...more } of reasons) add('low-score', reason, more);
    for (const { topic, ...more } of topics) add('topic', topic, more);
    for (const { name, id, ...more } of operators) add('operator', name ?? id, more);
    download(`tsunagi-${from}-${until}.csv`, lines);
  }

  #bar() {
    const { from, until, beforeFrom, beforeUntil, teams, languages } = this.#report ?? {};
    const days = (one, other) => (one === other ? one : `${one.replaceAll('-', '/')}–${other.slice(5).replace('-', '/')}`);
    return html`<div class="rbar"><h1>${t('reports')}</h1>${this.#period()}
      <span class="meta num clip">${this.#report ? t('reports.compared', { days: days(from, until), before: days(beforeFrom, beforeUntil) }) : ''}</span>
      <span class="end row">${this.#choice('team', 'find.any-team', (teams ?? []).map((each) => [each, each]))}${this.#choice('language', 'reports.any-language', (languages ?? []).map((each) => [each, has(`language.${each}`) ? t(`language.${each}`) : each]))}
        <button class="btn" aria-disabled=${!this.#report} title=${t('reports.csv')} @click=${() => this.#report && this.#csv()}>${icon('file')}<span>CSV</span></button></span></div>`;
  }

  get #trouble() {
    const { code, id } = this.#failed;
    return code === 'from' ? t('reports.too-long') : [t('reports.failed'), id && t('trouble.id', { id })].filter(Boolean).join(' ');
  }

  render() {
    if (state.me.role !== 'supervisor') return forbidden('reports.forbidden');
    return html`<main id="main" class="reports" tabindex="-1" aria-busy=${this.#busy}>${this.#bar()}
      <p role="status" class=${this.#failed ? 'said bad' : 'sr'}>${this.#failed ? this.#trouble : this.#report ? t('reports.at', { time: moment(this.#report.at) }) : ''}</p>
      ${this.#report ? html`<div class="rbody scroll" tabindex="0" role="group" aria-label=${t('reports')}><div class="kps">${this.#figures()}</div><div class="two-one">${this.#hours()}${this.#scores()}</div><div class="halves">${this.#topics()}${this.#operators()}</div></div>` : nothing}</main>`;
  }
}

customElements.define('ts-reports', Reports);
