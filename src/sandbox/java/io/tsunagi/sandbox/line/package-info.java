/**
 * A stand-in for the LINE platform. {@link io.tsunagi.sandbox.line.LineSimulator} starts it; one port serves the
 * Messaging API ({@code /v2/…}, {@code /oauth2/…}), the customers' phones ({@code /}) and this control API:
 *
 * <table>
 * <caption>Control API; every answer is JSON</caption>
 * <tr><td>{@code POST /sandbox/users/{id}/messages}</td><td>the customer writes: {@code account}, {@code type} and the
 *     fields of a LINE message content; {@code data} (Base64) or {@code sample} ({@code card-front},
 *     {@code card-back}, {@code receipt}) for image, video, audio, file; {@code deliver:false} holds the webhook back;
 *     {@code overrides} replaces properties of the event (null removes one). Answers {@code messageId},
 *     {@code webhookEventId}, {@code replyToken}, {@code status} of the hub (null: none), {@code millis},
 *     {@code reason}, {@code event}</td></tr>
 * <tr><td>{@code POST /sandbox/users/{id}/events}</td><td>anything else: {@code unsend} ({@code messageId}, default the
 *     last), {@code messageEdited} ({@code messageId}, {@code text}), {@code follow}, {@code unfollow},
 *     {@code postback} ({@code data}, {@code displayText}, {@code params}), {@code raw} ({@code event}), or any
 *     {@code type} with its own fields</td></tr>
 * <tr><td>{@code POST /sandbox/users/{id}/manager}</td><td>somebody answers {@code text} on LINE's own screen, and takes the chat
 *     where the setting {@code sharedChats} is on</td></tr>
 * <tr><td>{@code POST /sandbox/users/{id}/tap}</td><td>taps the button {@code label} the phone shows now; a page of the hub's is
 *     opened and its button pressed, and {@code page} says what it answered</td></tr>
 * <tr><td>{@code POST /sandbox/users/{id}/redeliver}</td><td>sends {@code webhookEventId} (default the newest) again,
 *     marked as a redelivery</td></tr>
 * <tr><td>{@code GET /sandbox/users/{id}/chat?account=main}</td><td>what the phone shows, oldest first: {@code id},
 *     {@code from} ({@code customer}, {@code account}), {@code type} and its fields, {@code at}, {@code via},
 *     {@code paid}, {@code unsent}, {@code edited}, {@code read}</td></tr>
 * <tr><td>{@code GET /sandbox/users}, {@code GET|PUT /sandbox/users/{id}}</td><td>{@code displayName},
 *     {@code language}, {@code blocked}, {@code friend}, {@code profileHidden}, {@code statusMessage}; of a group
 *     or room {@code members}, how many are in it (default: those who spoke or joined)</td></tr>
 * <tr><td>{@code POST /sandbox/webhooks}</td><td>{@code events} (ids or whole events) or {@code body}, with
 *     {@code signature} ({@code valid}, {@code wrong}, {@code missing}, or its value), {@code headers},
 *     {@code times}</td></tr>
 * <tr><td>{@code GET /sandbox/calls?endpoint=push&after=0}</td><td>every API call received</td></tr>
 * <tr><td>{@code GET /sandbox/truth?newest=200}</td><td>webhooks and sends, oldest first</td></tr>
 * <tr><td>{@code GET|PUT|DELETE /sandbox/faults}</td><td>{@code endpoint} ({@code push}, {@code reply},
 *     {@code multicast}, {@code content}, {@code profile}, {@code loading}, {@code webhook}, …, {@code *}) with
 *     {@code status}, {@code body}, {@code acts}, {@code delayMillis}, {@code stallMillis}, {@code lostAnswer},
 *     {@code duplicate}, {@code account}, {@code times} or {@code share}. An object replaces its end point's faults, an
 *     array replaces all and is played in order</td></tr>
 * <tr><td>{@code GET|PUT /sandbox/settings}</td><td>{@code redelivery}, {@code redeliveryAttempts},
 *     {@code redeliveryBackoffMillis}, {@code webhookTimeoutMillis}, {@code quota}, {@code replyTokenSeconds},
 *     {@code transcodingPolls}</td></tr>
 * <tr><td>{@code GET /sandbox/stats}, {@code /sandbox/accounts}, {@code /sandbox/stream}</td><td>latency, losses and
 *     quota; accounts; news as server-sent events</td></tr>
 * <tr><td>{@code POST /sandbox/reset}</td><td>back to the state after start</td></tr>
 * </table>
 */
package io.tsunagi.sandbox.line;
