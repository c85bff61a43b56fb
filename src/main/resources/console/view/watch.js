import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { View, icon, face, hue, when } from './view.js';
import { forbidden } from './sections.js';
import { state, layer } from '../core/state.js';
import { requests, ruleNames, waitingCount } from '../core/approvals.js';
import { wallNow, watchWall } from '../core/wall.js';
import { now, span } from '../core/time.js';
import { has, lang, t } from '../core/words.js';
import { keyOf } from '../core/shortcuts.js';
import './clock.js';
import './house-forms.js';

const TONES = { available: 'ok', busy: 'warn', away: 'off' };
/** Red and amber are for danger and time; what was hidden is only told. */
const WHY = { help: ['accent', 'hand'], danger: ['bad'], late: ['bad'], anger: ['bad'], near: ['warn'], reopened: ['warn', 'undo'] };

function why(reason, { reopened }) {
  const [tone, picture] = WHY[reason] ?? ['', 'lock'];
  return html`<span class="chip tiny ${tone}">${picture ? icon(picture, 'xs') : nothing}${t(`wall.why.${reason}`, { n: reopened })}</span>`;
}

/** A wait beside its goal. */
const levelOf = (share) => (share >= 1 ? 'bad' : share >= 0.75 ? 'warn' : 'calm');

/** Whom a supervisor looks at first, and the house behind them: seats by team, and the queues. */
class Watch extends View {
  static topics = ['wall', 'place', 'me', 'workspace', 'layer'];

  connectedCallback() {
    super.connectedCallback();
    this.endWatch = watchWall();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.endWatch();
  }

  #goal = () => state.workspace?.goals.firstAnswerSeconds;

  #walk(event) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by || event.altKey) return;
    const links = [...event.currentTarget.querySelectorAll('a[href]')];
    const at = links.indexOf(document.activeElement);
    event.preventDefault();
    links[(at + by + links.length) % links.length]?.focus();
  }

  #figures({ figures, day, paid }) {
    const one = (word, value, more = nothing) => html`<div class="fig"><dt class="clip" title=${t(`wall.${word}`)}>${t(`wall.${word}`)}</dt><dd><b class="num">${value}</b> ${more}</dd></div>`;
    return html`<div class="figures"><dl class="row">
      ${one('waiting', figures.waiting, figures.longestSince ? html`<span class="meta">${t('list.longest')}</span> <ts-clock .goal=${this.#goal()} .since=${figures.longestSince}></ts-clock>` : nothing)}
      ${one('in-work', figures.inWork, html`<span class="meta num">${t('wall.of', { n: figures.capacity })}</span>`)}
      ${one('first', day.firstAnswers ? span(Math.round(day.firstAnswerSeconds)) : '–', html`<span class="meta num">${t('wall.goal', { time: span(this.#goal()) })}</span>`)}
      ${one('in-goal', day.firstAnswers ? `${Math.round((100 * day.inGoal) / day.firstAnswers)}%` : '–', html`<span class="meta num">${t('wall.answers', { n: day.firstAnswers })}</span>`)}
      ${one('by-bot', day.ended ? `${Math.round((100 * day.byBot) / day.ended)}%` : '–', html`<span class="meta num">${t('wall.ended', { n: day.ended })}</span>`)}
      ${one('satisfaction', day.score ? day.score.toFixed(1) : '–', day.asked ? html`<span class="meta num">${t('wall.answered', { rate: Math.round((100 * day.answered) / day.asked), n: day.answered })}</span>` : nothing)}
      ${paid.left == null ? nothing : one('paid', paid.left.toLocaleString(lang()), html`<span class="meta ${paid.lasts ? '' : 'warn'}">${t(paid.lasts ? 'wall.paid.lasts' : 'wall.paid.short')}</span>`)}</dl><button class="btn end" aria-haspopup="dialog" aria-expanded=${state.layer?.name === 'team-note'} @click=${() => layer(state.layer?.name === 'team-note' ? null : 'team-note')}>${icon('note')}<span>${t('team-note')}</span></button></div>`;
  }

  #look({ look }) {
    const first = look.find((each) => each.id === state.place.id) ?? look[0];
    return html`<section class="list look" aria-labelledby="h-look"><div class="lh"><h2 id="h-look">${t('wall.look')}</h2><span class="meta num">${look.length}</span><span class="end meta">${t('wall.order')}</span></div>
      ${look.length ? html`<ul class="slots scroll" role="list" @keydown=${this.#walk}>${repeat(look, (each) => each.id, (each) => html`<li><a class="slot ${hue(each)}" href="/watch/${each.id}" tabindex=${each === first ? 0 : -1} aria-current=${each.id === state.place.id ? 'true' : nothing}>
        ${face(each.customer ?? '?')}<span class="lines"><span class="l who"><b class="clip">${each.customer ?? `#${each.number}`}</b>${each.since ? html`<ts-clock .goal=${this.#goal()} .since=${each.since}></ts-clock>` : nothing}</span>
        <span class="l">${each.why.map((reason) => why(reason, each))}<span class="meta clip end">${each.owner ?? t(`inquiry-state.${each.state}`)}</span></span></span></a></li>`)}</ul>` : html`<p class="meta none grow">${t('wall.calm')}</p>`}${this.#requests()}</section>`;
  }

  /** Drafts that wait for a supervisor. */
  #requests() {
    const all = requests();
    if (!all.length) return nothing;
    const first = all.find((each) => each.inquiry === state.place.id) ?? all[0];
    return html`<div class="lh requests"><h2 id="h-requests">${t('approval.waiting')}</h2><span class="badge num">${waitingCount()}</span><span class="end keys" aria-hidden="true"><kbd>${keyOf('handle.approvals')}</kbd></span></div>
      <ul class="slots requested scroll" role="list" aria-labelledby="h-requests" @keydown=${this.#walk}>${repeat(all, (each) => each.id, (each) => html`<li><a class="slot ${hue(each)}" href="/watch/${each.inquiry}" tabindex=${each === first ? 0 : -1} aria-current=${each.inquiry === state.place.id ? 'true' : nothing}>
        ${face(each.customer)}<span class="lines"><span class="l who"><b class="clip">${each.customer}</b><ts-clock .goal=${this.#goal()} .since=${each.at}></ts-clock></span>
        <span class="l"><span class="chip tiny">${ruleNames(each.names)}</span><span class="meta clip end">${each.by}</span></span></span></a></li>`)}</ul>`;
  }

  /** One bar a unit of capacity: how long each customer waits by colour and by words. */
  #bars(seat) {
    const goal = this.#goal() * 1000;
    const level = (since) => levelOf((now() - Date.parse(since)) / goal);
    const bars = seat.waits.map(level);
    while (bars.length < Math.min(seat.load, seat.capacity)) bars.push('calm');
    const late = bars.filter((each) => each === 'bad').length;
    return html`<span class="bars" role="img" aria-label=${t('wall.bars', { load: seat.load, capacity: seat.capacity, late })}>${Array.from({ length: Math.min(12, seat.capacity) }, (_, at) => html`<i class=${bars[at] ?? 'room'}></i>`)}</span> <span class="num">${seat.load} / ${seat.capacity}</span>`;
  }

  #seat(seat) {
    const why = seat.lost ? t('wall.lost') : seat.reason ? (has(`presence.reason.${seat.reason}`) ? t(`presence.reason.${seat.reason}`) : seat.reason) : '';
    return html`<tr class=${seat.help ? 'help' : ''}><th scope="row"><span class="row ${hue(seat)}">${face(seat.displayName, 'sm')}<span class="clip">${seat.displayName}</span>${seat.inCall ? html`<span class="chip tiny">${icon('phone', 'xs')}${t('wall.in-call')}</span>` : nothing}${seat.help ? html`<span class="chip accent tiny">${icon('hand', 'xs')}${t('wall.why.help')}</span>` : nothing}</span></th>
      <td><button class="row plainbtn" aria-haspopup="dialog" aria-expanded=${state.layer?.detail?.seat === seat.id} aria-label="${t('seat-presence', { name: seat.displayName })}: ${t(`presence.${seat.presence}`)}" @click=${() => layer(state.layer?.name === 'seat-presence' ? null : 'seat-presence', { seat: seat.id })}><span class="dot ${seat.lost ? 'bad' : TONES[seat.presence]}"></span><span class="clip">${t(`presence.${seat.presence}`)}${why ? ` · ${why}` : ''}</span>${seat.since && seat.presence !== 'available' ? html`<span class="meta num">${span((now() - Date.parse(seat.since)) / 1000)}</span>` : nothing}</button></td>
      <td>${this.#bars(seat)}</td><td class="kept"><span class="clip" title=${seat.oldestCustomer ?? ''}>${seat.oldestCustomer ?? '–'}</span></td><td class="num">${seat.held || '–'}</td>
      <td class="figure">${seat.oldest ? html`<a href="/watch/${seat.oldest}"><ts-clock .goal=${this.#goal()} .since=${seat.waits[0]}></ts-clock></a>` : '–'}</td></tr>`;
  }

  #seats({ seats }) {
    const teams = [...new Set(seats.map((seat) => seat.team))];
    return html`<section class="table seats" aria-labelledby="h-seats"><div class="lh"><h2 id="h-seats">${t('wall.seats')}</h2><span class="meta num">${t('wall.at-work', { n: seats.filter((seat) => seat.presence !== 'away').length, away: seats.filter((seat) => seat.presence === 'away').length })}</span>
        <ul class="legend end" role="list" aria-label=${t('wall.legend')}>${['calm', 'warn', 'bad'].map((level) => html`<li><span class="bars"><i class=${level}></i></span>${t(`wall.level.${level}`)}</li>`)}</ul></div>
      <div class="scroll tbox" tabindex="0" role="group" aria-label=${t('wall.seats')}><table><thead><tr>${['operator', 'presence', 'load', 'kept', 'held', 'oldest'].map((head) => html`<th scope="col" class=${head === 'oldest' ? 'figure' : ''}>${t(`wall.${head}`)}</th>`)}</tr></thead>
        ${teams.map((team) => html`<tbody><tr class="team"><th scope="rowgroup" colspan="6">${team} <span class="num">${t('wall.seats-of', { n: seats.filter((seat) => seat.team === team).length })}</span></th></tr>${repeat(seats.filter((seat) => seat.team === team), (seat) => seat.id, (seat) => this.#seat(seat))}</tbody>`)}</table></div></section>`;
  }

  /** What a supervisor says to the house. */
  #forms({ seats }) {
    const { name, detail } = state.layer ?? {};
    return html`${when(name === 'team-note', () => html`<ts-team-note .teams=${[...new Set(seats.map((seat) => seat.team))]}></ts-team-note>`)}
      ${when(name === 'seat-presence', () => html`<ts-seat-presence .seat=${seats.find((seat) => seat.id === detail.seat)}></ts-seat-presence>`)}`;
  }

  /** How much of the goal the longest wait has taken; its words stand above. */
  #meter({ longestSince }) {
    const share = longestSince ? Math.min(1, (now() - Date.parse(longestSince)) / (this.#goal() * 1000)) : 0;
    return html`<span class="meter" aria-hidden="true"><i class=${levelOf(share)} .style=${`width: ${Math.round(share * 100)}%`}></i></span>`;
  }

  #queues({ queues }) {
    return html`<ul class="queues" role="list" aria-label=${t('wall.queues')}>${queues.map((queue) => html`<li><span class="strong clip">${queue.team}</span><b class="num end">${queue.waiting}</b>
      <span class="meta">${queue.longestSince ? html`${t('list.longest')} <ts-clock .goal=${this.#goal()} .since=${queue.longestSince}></ts-clock> · ` : nothing}${t('transfer.available', { n: queue.seats })}</span>${this.#meter(queue)}</li>`)}</ul>`;
  }

  render() {
    if (state.me.role !== 'supervisor') return forbidden('failed.forbidden');
    const wall = wallNow();
    if (!wall) return html`<main id="main" class="watch" tabindex="-1" aria-busy="true"></main>`;
    if (state.place.id) {
      return html`<main id="main" class="work watching ${state.drawer ? 'drawer' : ''}" tabindex="-1">${this.#figures(wall)}${this.#look(wall)}${this.#seats(wall)}${this.#queues(wall)}${this.#forms(wall)}<ts-chat></ts-chat><ts-side></ts-side></main>`;
    }
    return html`<main id="main" class="watch" tabindex="-1"><h1 class="sr">${t('rail.watch')}</h1>${this.#figures(wall)}${this.#look(wall)}${this.#seats(wall)}${this.#queues(wall)}${this.#forms(wall)}</main>`;
  }
}

customElements.define('ts-watch', Watch);
