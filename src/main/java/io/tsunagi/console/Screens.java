package io.tsunagi.console;

import io.tsunagi.access.OperatorId;
import io.tsunagi.access.Operators;
import io.tsunagi.access.Person;
import io.tsunagi.access.Role;
import io.tsunagi.access.TeamScope;
import io.tsunagi.config.Settings;
import io.tsunagi.dispatch.Heartbeats;
import io.tsunagi.dispatch.Seats;
import io.tsunagi.inquiry.AdviceBook;
import io.tsunagi.inquiry.ApprovalRules;
import io.tsunagi.inquiry.Approvals;
import io.tsunagi.inquiry.Customer;
import io.tsunagi.inquiry.CustomerId;
import io.tsunagi.inquiry.Customers;
import io.tsunagi.inquiry.Draft;
import io.tsunagi.inquiry.Drafts;
import io.tsunagi.inquiry.Inquiries;
import io.tsunagi.inquiry.Inquiry;
import io.tsunagi.inquiry.InquiryId;
import io.tsunagi.inquiry.InquiryState;
import io.tsunagi.inquiry.Mentions;
import io.tsunagi.inquiry.Message;
import io.tsunagi.inquiry.Messages;
import io.tsunagi.inquiry.Notices;
import io.tsunagi.line.LineAccounts;
import io.tsunagi.line.LineChatControl;
import io.tsunagi.line.LineQuota;
import io.tsunagi.salesforce.CrmCustomers;
import io.tsunagi.salesforce.SalesforceHealth;
import io.tsunagi.store.AccountStandings;
import io.tsunagi.store.Sends;
import io.tsunagi.store.Store;
import io.tsunagi.voice.Calls;
import java.text.Normalizer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/** Reads what the screens show. Everything here is read anew at each call: the screen keeps what it has and asks by version. */
public final class Screens {
    /** How many of a customer's messages a search opens; each is sealed, and looked at in memory. */
    private static final int MOST_SEARCHED = 10_000;

    /** How many drafts that wait for a supervisor are shown at once; the next come up as these are decided. */
    private static final int MOST_REQUESTS = 50;
    /** How far back the words for a list are looked for: what is sent without words has none. */
    private static final int LOOKED_THROUGH = 10;

    /** The parts of the API's answers; names and meaning are those of the API's document. */
    public record Me(String presence, String reason, Instant since, int capacity, int load, boolean inCall) {}

    /** Somebody inquiries can be passed to. */
    public record Colleague(
            UUID id,
            String name,
            String displayName,
            String team,
            String presence,
            int load,
            int capacity,
            List<String> languages) {}

    public record Standing(String state, Instant since) {}

    /** An account whose month somebody should look at. */
    public record QuotaAlert(String account, String name, String alert, long used, Long allowed, long forecast) {}

    public record Goals(long firstAnswerSeconds) {}

    public record Workspace(
            Me me,
            List<Summary> slots,
            List<Summary> held,
            List<Waiting> waiting,
            List<Called> mentions,
            Asked approvals,
            List<Told> notices,
            Standing salesforce,
            List<QuotaAlert> quota,
            Goals goals,
            List<String> busyReasons,
            List<String> callOutcomes,
            Instant serverTime) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    /** A note of an inquiry calls the caller by name. */
    public record Called(UUID id, UUID inquiry, long number, String customer, String by, Instant at) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    /** What a supervisor tells the caller; {@code kind} is {@code team} or {@code presence}. */
    public record Told(UUID id, String by, String kind, String words, Instant at) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    /** Drafts that wait for a supervisor: how many there are, and the oldest of them. */
    public record Asked(int waiting, List<Request> oldest) {}

    /** A draft that waits for a supervisor; {@code names} are the rules' by language. */
    public record Request(
            UUID id,
            UUID inquiry,
            long number,
            String customer,
            int hue,
            String by,
            Instant at,
            List<Map<String, String>> names) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    /**
     * What became of the newest request of an inquiry.
     *
     * @param found places of the draft for which it waits
     * @param why {@code owner} or {@code newer-message} of a request that was overtaken
     */
    public record ApprovalCard(
            UUID id,
            String state,
            String by,
            Instant at,
            List<Map<String, String>> names,
            List<String> found,
            String decidedBy,
            Instant decidedAt,
            String note,
            String why) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    public record CustomerBrief(UUID id, String name, String language, boolean blocked) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    public record Last(String from, String type, String text, Instant at) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    public record Summary(
            UUID id,
            long number,
            String account,
            String accountName,
            CustomerBrief customer,
            String state,
            long version,
            String team,
            String topic,
            int priority,
            Integer slot,
            int hue,
            Instant assignedAt,
            Instant waitingSince,
            int unread,
            Last lastMessage,
            String caseNumber,
            boolean hasDraft,
            String approval,
            Instant offeredUntil,
            Instant holdUntil,
            String holdMemo) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    public record Waiting(
            UUID id,
            long number,
            CustomerBrief customer,
            String account,
            String team,
            String topic,
            int priority,
            Instant queuedAt) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    public record CustomerCard(
            UUID id,
            String name,
            String kind,
            String lineName,
            String language,
            boolean blocked,
            boolean standby,
            Instant followedAt,
            String pictureUrl,
            String contactId,
            String contactUrl) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    public record CaseCard(String number, String url, String status, String owner, Instant syncedAt) {}

    /** An earlier Case of the customer. */
    public record EarlierCase(
            String number, String url, String subject, String status, boolean closed, Instant openedAt) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    /** What Salesforce held of the customer at a time. */
    public record InSalesforce(Map<String, String> fields, List<EarlierCase> cases, Instant at) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    public record HandOffCard(Instant at, String reason, long waitSeconds, String rule) {}

    public record Hold(String memo, Instant from, Instant until, String by) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    public record AdviceCard(UUID id, String by, String words, Instant at, String outcome) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    /** @param reason why it is low, as {@link Reports.Reason} names it; null when nothing was said */
    public record Score(Integer score, String reason, Instant at) {}

    /** The open call of an inquiry; {@code state} is {@code offered}, {@code opened} or {@code talking}. */
    public record CallCard(
            String state, Instant offeredAt, Instant until, Instant openedAt, Instant beganAt, String by) {}

    public record Owner(UUID id, String displayName) {}

    public record InquiryCard(
            UUID id,
            long number,
            String account,
            String accountName,
            String state,
            long version,
            String team,
            String topic,
            int priority,
            String language,
            Integer slot,
            int hue,
            Instant assignedAt,
            Instant waitingSince,
            int unread,
            boolean hasDraft,
            Instant offeredUntil,
            Instant holdUntil,
            String holdMemo,
            Owner owner,
            boolean mine,
            List<String> viewers,
            Instant openedAt,
            Instant closedAt,
            String closeReason,
            CustomerCard customer,

            @com.fasterxml.jackson.annotation.JsonProperty("case")
            CaseCard salesforceCase,

            String caseNumber,
            InSalesforce inSalesforce,
            HandOffCard handOff,
            Instant freeReplyUntil,
            Instant suspendedSince,
            Instant identityUntil,
            boolean chatShared,
            boolean callPossible,
            boolean translated,
            CallCard call,
            List<Hold> holds,
            List<AdviceCard> advice,
            ApprovalCard approval,
            AdviceBook.Help help,
            Sends.Tally sends,
            Score survey) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    public record Earlier(
            UUID id,
            long number,
            Instant openedAt,
            Instant closedAt,
            String state,
            String topic,
            String handledBy,
            Integer surveyScore,
            String preview) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    private final Store store;
    private final TeamScope scope;
    private final Inquiries inquiries;
    private final Messages messages;
    private final Customers customers;
    private final Drafts drafts;
    private final Mentions mentions;
    private final Notices notices;
    private final Seats seats;
    private final Heartbeats heartbeats;
    private final AdviceBook advice;
    private final Approvals approvals;
    private final Operators operators;
    private final LineAccounts accounts;
    private final AccountStandings standings;
    private final Calls calls;
    private final Sends sends;
    private final LineQuota quota;
    private final SalesforceHealth salesforce;
    private final CrmCustomers crmCustomers;
    private final String recordUrl;
    private final Duration firstAnswer;
    private final List<String> busyReasons;
    private final boolean showWatchers;
    private final boolean translated;
    private final Clock clock;

    public Screens(
            Store store,
            Inquiries inquiries,
            Messages messages,
            Customers customers,
            Drafts drafts,
            Mentions mentions,
            Notices notices,
            Seats seats,
            Heartbeats heartbeats,
            AdviceBook advice,
            Approvals approvals,
            Calls calls,
            Operators operators,
            LineAccounts accounts,
            AccountStandings standings,
            Sends sends,
            LineQuota quota,
            SalesforceHealth salesforce,
            CrmCustomers crmCustomers,
            TeamScope scope,
            Settings settings,
            Clock clock) {
        this.store = store;
        this.scope = scope;
        this.inquiries = inquiries;
        this.messages = messages;
        this.customers = customers;
        this.drafts = drafts;
        this.mentions = mentions;
        this.notices = notices;
        this.seats = seats;
        this.heartbeats = heartbeats;
        this.advice = advice;
        this.approvals = approvals;
        this.calls = calls;
        this.operators = operators;
        this.accounts = accounts;
        this.standings = standings;
        this.sends = sends;
        this.quota = quota;
        this.salesforce = salesforce;
        this.crmCustomers = crmCustomers;
        this.recordUrl = settings.text("hub.salesforce.record-url");
        this.firstAnswer = settings.duration("hub.dispatch.first-answer-goal");
        this.busyReasons = settings.list("hub.dispatch.busy-reasons");
        this.showWatchers = settings.needed("hub.console.show-watchers").equals("true");
        this.translated = !settings.text("hub.translate.url").isEmpty();
        this.clock = clock;
    }

    Workspace workspace(Person person) {
        SalesforceHealth.Standing crm = salesforce.standing();
        return new Workspace(
                me(person),
                inquiries.of(person.id(), InquiryState.ASSIGNED).stream()
                        .map(this::summary)
                        .toList(),
                inquiries.of(person.id(), InquiryState.HELD).stream()
                        .map(this::summary)
                        .toList(),
                waiting(person),
                mentions.unseen(person.id()).stream().map(this::called).toList(),
                asked(person),
                notices.unread(person.id()).stream()
                        .map(notice -> new Told(
                                notice.id(),
                                name(notice.author()),
                                notice.kind().name().toLowerCase(Locale.ROOT),
                                notice.words(),
                                notice.at()))
                        .toList(),
                new Standing(crm.state().name().toLowerCase(Locale.ROOT), crm.since()),
                quotaAlerts(person),
                new Goals(firstAnswer.toSeconds()),
                busyReasons,
                calls.outcomes(),
                clock.instant());
    }

    /** Only supervisors decide. */
    private Asked asked(Person person) {
        if (person.role() != Role.SUPERVISOR) {
            return new Asked(0, List.of());
        }
        return new Asked(
                approvals.count(),
                approvals.waiting(MOST_REQUESTS).stream().map(this::request).toList());
    }

    private Request request(Approvals.Approval asked) {
        Inquiry inquiry = find(asked.inquiry());
        return new Request(
                asked.id(),
                inquiry.id().value(),
                inquiry.number(),
                shownName(customer(inquiry.customer())),
                Hues.of(inquiry.customer(), inquiry.slot()),
                name(asked.author()),
                asked.askedAt(),
                namesOf(asked));
    }

    private List<Map<String, String>> namesOf(Approvals.Approval asked) {
        return approvals.rulesOf(asked).stream().map(ApprovalRules.Rule::names).toList();
    }

    /** What its operator still has to know of: a request that waits, or words that came back and stand in the draft. */
    private Optional<Approvals.Approval> unsettled(Inquiry inquiry) {
        return approvals
                .latest(inquiry.id())
                .filter(asked -> asked.author().equals(inquiry.operator()))
                .filter(asked -> switch (asked.state()) {
                    case WAITING -> true;
                    case RETURNED, VOID -> !drafts.of(inquiry.id()).isEmpty();
                    case APPROVED, EDITED, WITHDRAWN -> false;
                });
    }

    /** Who can do something about it is told: supervisors and admins. */
    private List<QuotaAlert> quotaAlerts(Person person) {
        if (person.role() == Role.OPERATOR) {
            return List.of();
        }
        return quota.standings().stream()
                .filter(standing -> standing.alert() != LineQuota.Alert.NONE)
                .map(standing -> new QuotaAlert(
                        standing.account(),
                        accountName(standing.account()),
                        standing.alert().name().toLowerCase(Locale.ROOT),
                        standing.used(),
                        standing.allowed(),
                        standing.forecast()))
                .toList();
    }

    Me me(Person person) {
        return seats.of(person.id())
                .map(seat -> {
                    Seats.Presence presence = seats.presence(person.id());
                    return new Me(
                            seat.presence(),
                            presence.reason(),
                            presence.since(),
                            seat.capacity(),
                            seat.load(),
                            calls.inCall().contains(person.id()));
                })
                .orElse(new Me("away", null, null, 0, 0, false));
    }

    /** Everybody who takes inquiries, by team and name. */
    List<Colleague> colleagues() {
        return seats.all().stream()
                .map(seat -> new Colleague(
                        seat.operator().value(),
                        seat.name(),
                        seat.displayName(),
                        seat.team(),
                        seat.presence(),
                        seat.load(),
                        seat.capacity(),
                        seat.languages()))
                .sorted(Comparator.comparing(Colleague::team).thenComparing(Colleague::name))
                .toList();
    }

    private Summary summary(Inquiry inquiry) {
        Customer customer = customer(inquiry.customer());
        return new Summary(
                inquiry.id().value(),
                inquiry.number(),
                inquiry.account(),
                accountName(inquiry.account()),
                brief(customer),
                inquiry.state().name(),
                inquiry.version(),
                inquiry.team(),
                inquiry.topic(),
                inquiry.priority(),
                inquiry.slot(),
                Hues.of(inquiry.customer(), inquiry.slot()),
                inquiry.assignedAt(),
                inquiry.waitingSince(),
                unread(inquiry),
                last(inquiry.id()),
                caseOf(inquiry.id()).map(CaseCard::number).orElse(null),
                !drafts.of(inquiry.id()).isEmpty(),
                unsettled(inquiry).map(asked -> asked.state().name()).orElse(null),
                inquiry.offeredUntil(),
                inquiry.holdUntil(),
                inquiry.holdMemo());
    }

    private Called called(Mentions.Mention mention) {
        Inquiry inquiry = find(mention.inquiry());
        return new Called(
                mention.id(),
                inquiry.id().value(),
                inquiry.number(),
                shownName(customer(inquiry.customer())),
                name(mention.author()),
                mention.at());
    }

    private List<Waiting> waiting(Person person) {
        List<Inquiry> line = within(person, inquiries.waiting());
        Map<CustomerId, Customer> theirs =
                customers.find(line.stream().map(Inquiry::customer).toList());
        return line.stream()
                .filter(inquiry -> theirs.containsKey(inquiry.customer()))
                .map(inquiry -> new Waiting(
                        inquiry.id().value(),
                        inquiry.number(),
                        brief(theirs.get(inquiry.customer())),
                        inquiry.account(),
                        inquiry.team(),
                        inquiry.topic(),
                        inquiry.priority(),
                        inquiry.queuedAt()))
                .toList();
    }

    private int unread(Inquiry inquiry) {
        return messages.countFromCustomerAfter(inquiry.id(), inquiry.readSeq());
    }

    /** The lists are drawn anew with every message: what they say of an inquiry costs the same however long it is. */
    private Last last(InquiryId inquiry) {
        return messages.newestSaid(inquiry, LOOKED_THROUGH).stream()
                .filter(message ->
                        message.delivery() == null || !message.content().isEmpty() || message.media() != null)
                .findFirst()
                .map(message -> new Last(
                        from(message), message.type(), message.content().plainText("☺"), message.at()))
                .orElse(null);
    }

    InquiryCard inquiry(InquiryId id, Person person) {
        Inquiry inquiry = find(id);
        Customer customer = customer(inquiry.customer());
        boolean free = customer.hasFreeReply(clock.instant());
        Optional<CaseCard> salesforceCase = caseOf(id);
        return new InquiryCard(
                id.value(),
                inquiry.number(),
                inquiry.account(),
                accountName(inquiry.account()),
                inquiry.state().name(),
                inquiry.version(),
                inquiry.team(),
                inquiry.topic(),
                inquiry.priority(),
                inquiry.language(),
                inquiry.slot(),
                Hues.of(inquiry.customer(), inquiry.slot()),
                inquiry.assignedAt(),
                inquiry.waitingSince(),
                unread(inquiry),
                !drafts.of(id).isEmpty(),
                inquiry.offeredUntil(),
                inquiry.holdUntil(),
                inquiry.holdMemo(),
                inquiry.operator() == null ? null : new Owner(inquiry.operator().value(), name(inquiry.operator())),
                person.id().equals(inquiry.operator()),
                viewers(id, person),
                inquiry.openedAt(),
                inquiry.closedAt(),
                inquiry.closeReason(),
                new CustomerCard(
                        customer.id().value(),
                        shownName(customer),
                        customer.kind(),
                        customer.name(),
                        customer.language(),
                        customer.blocked(),
                        customer.standby(),
                        customer.followedAt(),
                        null,
                        customer.contactId(),
                        customer.contactId() == null ? null : recordUrl("Contact", customer.contactId())),
                salesforceCase.orElse(null),
                salesforceCase.map(CaseCard::number).orElse(null),
                inSalesforce(inquiry),
                handOff(inquiry),
                free ? customer.replyUntil() : null,
                standings.suspendedSince(inquiry.account()).orElse(null),
                inquiry.identityUntil(),
                accounts.find(inquiry.account())
                        .filter(account -> account.chatControl() == LineChatControl.Policy.MODULE)
                        .isPresent(),
                calls.possible(inquiry.account()),
                translated,
                calls.openIn(id).map(this::callCard).orElse(null),
                holds(id),
                adviceFor(inquiry, person),
                approvalFor(inquiry, person),
                advice.help(id).orElse(null),
                sends.of(id.value()),
                score(id));
    }

    private CallCard callCard(Calls.Call call) {
        return new CallCard(
                call.state().name().toLowerCase(Locale.ROOT),
                call.offeredAt(),
                call.expiresAt(),
                call.openedAt(),
                call.beganAt(),
                call.offeredBy() == null ? null : name(call.offeredBy()));
    }

    /** The words busy people may give for it. */
    List<String> busyReasons() {
        return busyReasons;
    }

    /** Who else has the inquiry on their screen; supervisors watch unseen unless the policy shows them. */
    private List<String> viewers(InquiryId id, Person person) {
        return heartbeats.viewers(id).stream()
                .filter(viewer -> !viewer.equals(person.id()))
                .flatMap(viewer -> operators.find(viewer).stream())
                .filter(viewer -> showWatchers || viewer.role() == Role.OPERATOR)
                .map(Person::displayName)
                .toList();
    }

    /** Advice is the owner's and the supervisors' to see. */
    private List<AdviceCard> adviceFor(Inquiry inquiry, Person person) {
        if (person.role() == Role.OPERATOR && !person.id().equals(inquiry.operator())) {
            return List.of();
        }
        return advice.of(inquiry.id()).stream()
                .map(given -> new AdviceCard(
                        given.id(),
                        name(given.author()),
                        given.words(),
                        given.at(),
                        given.outcome().name()))
                .toList();
    }

    /** As advice, it is the owner's and the supervisors' to see. */
    private ApprovalCard approvalFor(Inquiry inquiry, Person person) {
        if (person.role() == Role.OPERATOR && !person.id().equals(inquiry.operator())) {
            return null;
        }
        return unsettled(inquiry)
                .map(asked -> new ApprovalCard(
                        asked.id(),
                        asked.state().name(),
                        name(asked.author()),
                        asked.askedAt(),
                        namesOf(asked),
                        approvals.found(asked, drafts.of(inquiry.id()).parts()),
                        asked.decidedBy() == null ? null : name(asked.decidedBy()),
                        asked.decidedAt(),
                        asked.note(),
                        asked.why()))
                .orElse(null);
    }

    private HandOffCard handOff(Inquiry inquiry) {
        if (inquiry.handedOffAt() == null) {
            return null;
        }
        Optional<Map<String, Object>> decision = store
                .jdbc()
                .sql("select rule, waited_ms from assignments where inquiry = ? order by decided_at desc limit 1")
                .param(inquiry.id().value())
                .query()
                .listOfRows()
                .stream()
                .findFirst();
        long waited = decision.map(row -> ((Number) row.get("waited_ms")).longValue() / 1000)
                .orElseGet(() ->
                        Duration.between(inquiry.handedOffAt(), clock.instant()).toSeconds());
        return new HandOffCard(
                inquiry.handedOffAt(),
                inquiry.handOffReason(),
                waited,
                decision.map(row -> (String) row.get("rule")).orElse(null));
    }

    private Optional<CaseCard> caseOf(InquiryId id) {
        return store.jdbc()
                .sql(
                        "select case_id, case_number, case_status, case_owner, case_synced_at from inquiries where id = ? and case_id is not null")
                .param(id.value())
                .query((row, i) -> new CaseCard(
                        row.getString("case_number"),
                        recordUrl("Case", row.getString("case_id")),
                        row.getString("case_status"),
                        row.getString("case_owner"),
                        Store.instant(row.getTimestamp("case_synced_at"))))
                .optional();
    }

    /** Never waits for Salesforce: shows what it held, and has it read again when that is old. */
    private InSalesforce inSalesforce(Inquiry inquiry) {
        crmCustomers.wish(inquiry.customer());
        String own = inquiry.id().value().toString().replace("-", "");
        return crmCustomers
                .of(inquiry.customer())
                .map(facts -> new InSalesforce(
                        facts.fields(),
                        facts.cases().stream()
                                .filter(each -> !own.equals(each.key()))
                                .map(each -> new EarlierCase(
                                        each.number(),
                                        recordUrl("Case", each.id()),
                                        each.subject(),
                                        each.status(),
                                        each.closed(),
                                        each.openedAt()))
                                .toList(),
                        facts.at()))
                .orElse(null);
    }

    private String recordUrl(String object, String id) {
        return recordUrl.isEmpty() ? null : recordUrl + "/lightning/r/" + object + "/" + id + "/view";
    }

    private List<Hold> holds(InquiryId id) {
        return store.jdbc()
                .sql("select id, memo, held_by, held_at, until_at from holds where inquiry = ? order by held_at")
                .param(id.value())
                .query((row, i) -> new Hold(
                        store.sealing().openText("holds", row.getObject("id", UUID.class), row.getBytes("memo")),
                        Store.instant(row.getTimestamp("held_at")),
                        Store.instant(row.getTimestamp("until_at")),
                        name(new OperatorId(row.getObject("held_by", UUID.class)))))
                .list();
    }

    private Score score(InquiryId id) {
        return store.jdbc()
                .sql("select score, reason, answered_at from surveys where inquiry = ?")
                .param(id.value())
                .query((row, i) -> new Score(
                        row.getObject("score", Integer.class),
                        row.getString("reason"),
                        Store.instant(row.getTimestamp("answered_at"))))
                .optional()
                .orElse(null);
    }

    /**
     * Gives a customer's inquiries, newest first.
     *
     * @param words what is looked for in their messages, in memory; empty for every inquiry. The preview is what was found.
     */
    List<Earlier> earlier(Person person, CustomerId customer, String words) {
        String wanted = folded(words);
        List<Inquiry> all = within(person, inquiries.of(customer));
        if (wanted.isEmpty()) {
            return all.stream()
                    .map(inquiry -> earlier(inquiry, preview(inquiry.id())))
                    .toList();
        }
        Map<InquiryId, String> found = found(customer, wanted);
        return all.stream()
                .filter(inquiry -> found.containsKey(inquiry.id()))
                .map(inquiry -> earlier(inquiry, found.get(inquiry.id())))
                .toList();
    }

    private List<Inquiry> within(Person person, List<Inquiry> all) {
        Set<UUID> within = scope.within(
                person, all.stream().map(inquiry -> inquiry.id().value()).toList());
        return all.stream()
                .filter(inquiry -> within.contains(inquiry.id().value()))
                .toList();
    }

    private Earlier earlier(Inquiry inquiry, String preview) {
        return new Earlier(
                inquiry.id().value(),
                inquiry.number(),
                inquiry.openedAt(),
                inquiry.closedAt(),
                inquiry.state().name(),
                inquiry.topic(),
                inquiry.operator() == null ? null : name(inquiry.operator()),
                Optional.ofNullable(score(inquiry.id())).map(Score::score).orElse(null),
                preview);
    }

    /** Full and half width, hiragana and katakana, capitals and small letters are the same. */
    static String folded(String text) {
        if (text == null) {
            return "";
        }
        StringBuilder folded = new StringBuilder(Normalizer.normalize(text, Normalizer.Form.NFKC)
                .toLowerCase(Locale.ROOT)
                .strip());
        for (int i = 0; i < folded.length(); i++) {
            char letter = folded.charAt(i);
            if (letter >= 'ァ' && letter <= 'ヶ') {
                folded.setCharAt(i, (char) (letter - 'ァ' + 'ぁ'));
            }
        }
        return folded.toString();
    }

    /** Gives of each inquiry the newest words in which something stands; what was taken back has none. */
    private Map<InquiryId, String> found(CustomerId customer, String wanted) {
        Map<InquiryId, String> found = new HashMap<>();
        for (Message message : messages.newestOf(customer, MOST_SEARCHED)) {
            message.content().words().stream()
                    .filter(words -> folded(words).contains(wanted))
                    .findFirst()
                    .ifPresent(words -> found.putIfAbsent(
                            message.inquiry(), around(words, folded(words).indexOf(wanted))));
        }
        return found;
    }

    private static String around(String words, int at) {
        int from = wholeLetter(words, at - 20);
        String part = words.substring(from, wholeLetter(words, from + 80));
        return from == 0 ? part : "…" + part;
    }

    /** Gives the nearest place in a text at or before another that parts no emoji. */
    private static int wholeLetter(String text, int at) {
        int place = Math.min(Math.max(0, at), text.length());
        boolean parts = place > 0
                && place < text.length()
                && Character.isSurrogatePair(text.charAt(place - 1), text.charAt(place));
        return parts ? place - 1 : place;
    }

    private String preview(InquiryId id) {
        return messages.since(id, 0).stream()
                .filter(message -> message.sender() == Message.Sender.CUSTOMER)
                .map(message -> message.content().text())
                .filter(text -> text != null)
                .findFirst()
                .map(text -> text.substring(0, wholeLetter(text, 80)))
                .orElse(null);
    }

    Draft draft(InquiryId id) {
        return drafts.of(id);
    }

    List<Summary> summariesOf(OperatorId operator) {
        return openOf(operator).stream().map(this::summary).toList();
    }

    /** Gives what somebody has open, what they hold too. */
    List<Inquiry> openOf(OperatorId operator) {
        return Stream.of(InquiryState.ASSIGNED, InquiryState.HELD)
                .flatMap(state -> inquiries.of(operator, state).stream())
                .toList();
    }

    Inquiry find(InquiryId id) {
        return inquiries
                .find(id)
                .orElseThrow(() -> new BadRequestException(404, "not-found", "There is no inquiry " + id));
    }

    Customer customer(CustomerId id) {
        return customers.find(id).orElseThrow();
    }

    private CustomerBrief brief(Customer customer) {
        return new CustomerBrief(customer.id().value(), shownName(customer), customer.language(), customer.blocked());
    }

    /** LINE tells no name of customers who blocked the account or gave no consent. */
    private static String shownName(Customer customer) {
        return customer.name() != null ? customer.name() : customer.language().equals("ja") ? "お客様" : "Customer";
    }

    private String accountName(String account) {
        return accounts.find(account).map(LineAccounts.LineAccount::displayName).orElse(account);
    }

    String name(OperatorId id) {
        return operators.find(id).map(Person::displayName).orElse(null);
    }

    static String from(Message message) {
        return message.sender().name().toLowerCase(Locale.ROOT);
    }
}
