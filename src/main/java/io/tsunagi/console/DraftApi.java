package io.tsunagi.console;

import com.fasterxml.jackson.databind.JsonNode;
import io.tsunagi.access.Operators;
import io.tsunagi.access.Person;
import io.tsunagi.access.Role;
import io.tsunagi.audit.Audit;
import io.tsunagi.dispatch.Heartbeats;
import io.tsunagi.inquiry.ApprovalRules;
import io.tsunagi.inquiry.Customer;
import io.tsunagi.inquiry.Desk;
import io.tsunagi.inquiry.Desk.Sending;
import io.tsunagi.inquiry.Draft;
import io.tsunagi.inquiry.Inquiry;
import io.tsunagi.inquiry.InquiryId;
import io.tsunagi.inquiry.MessageId;
import io.tsunagi.inquiry.WrongStateException;
import io.tsunagi.media.InfectedException;
import io.tsunagi.media.Media;
import io.tsunagi.media.MediaId;
import io.tsunagi.media.MediaRow;
import io.tsunagi.media.NotScannedException;
import io.tsunagi.store.Store;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.camel.Body;
import org.apache.camel.Header;

/**
 * The way from a draft to a customer: what is written, its pictures and videos, sending, approval and taking back, one method
 * a call of the API. The gate in front has checked who calls and whether their role may. Safe for use by any number of
 * threads.
 */
public final class DraftApi {
    private static final String CALLER = "tsunagi-operator";

    private final Screens screens;
    private final MessageCards cards;
    private final Desk desk;
    private final Media media;
    private final Heartbeats heartbeats;
    private final Operators operators;
    private final Audit audit;
    private final Store store;

    public DraftApi(
            Screens screens,
            MessageCards cards,
            Desk desk,
            Media media,
            Heartbeats heartbeats,
            Operators operators,
            Audit audit,
            Store store) {
        this.screens = screens;
        this.cards = cards;
        this.desk = desk;
        this.media = media;
        this.heartbeats = heartbeats;
        this.operators = operators;
        this.audit = audit;
        this.store = store;
    }

    /** Only the owner, and supervisors, see what is being prepared. */
    public Object draft(@Header(CALLER) String caller, @Header("id") String id) {
        Person person = person(caller);
        InquiryId inquiry = Requests.inquiryId(id);
        boolean may = person.role() != Role.OPERATOR
                || person.id().equals(screens.find(inquiry).operator());
        return may ? screens.draft(inquiry) : Draft.NONE;
    }

    public Object saveDraft(@Header(CALLER) String caller, @Header("id") String id, @Body String body) {
        JsonNode draft = Requests.read(body);
        InquiryId inquiry = Requests.inquiryId(id);
        Person writer = person(caller);
        boolean watched = heartbeats.viewers(inquiry).stream().anyMatch(viewer -> !viewer.equals(writer.id()));
        return desk.save(writer, watched, inquiry, draft.path("version").asLong(0), DraftForm.read(draft))
                .<Object>map(saved -> saved)
                .orElseGet(() -> draftChanged(screens.draft(inquiry)));
    }

    public Answer send(@Header(CALLER) String caller, @Header("id") String id, @Body String body) {
        JsonNode request = Requests.read(body);
        InquiryId inquiry = Requests.inquiryId(id);
        List<String> confirmed = new ArrayList<>();
        request.path("confirm").forEach(code -> confirmed.add(code.asText()));
        Sending sending = desk.send(
                person(caller),
                inquiry,
                Requests.uuid(request.path("clientId").asText(), "clientId"),
                request.path("draftVersion").asLong(-1),
                request.path("seenSeq").asInt(0),
                confirmed);
        if (sending instanceof Sending.Refused refused && refused.code().equals(WrongStateException.NOT_OWNER)) {
            throw notOwner();
        }
        return answer(inquiry, sending);
    }

    private Answer answer(InquiryId inquiry, Sending sending) {
        if (sending instanceof Sending.Accepted accepted) {
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("messages", cards.cards(inquiry, accepted.messages()));
            answer.put("draft", accepted.draft());
            answer.put("undoUntil", accepted.undoUntil());
            return new Answer(202, answer);
        }
        if (sending instanceof Sending.NewerMessages newer) {
            return conflict("newer-message", "messages", cards.cards(inquiry, newer.messages()));
        }
        if (sending instanceof Sending.DraftChanged changed) {
            return draftChanged(changed.draft());
        }
        if (sending instanceof Sending.OtherCustomer other) {
            return conflict("other-customer", "name", other.name());
        }
        if (sending instanceof Sending.NeedsApproval needed) {
            return conflict(
                    "needs-approval",
                    "names",
                    needed.rules().stream().map(ApprovalRules.Rule::names).toList());
        }
        if (sending instanceof Sending.AwaitsApproval awaits) {
            return new Answer(202, Map.of("approval", awaits.approval().id(), "messages", List.of()));
        }
        String code = ((Sending.Refused) sending).code();
        int status = Set.of(
                                "card-number",
                                "sensitive-words",
                                "empty",
                                "too-long",
                                "image-gone",
                                "placeholder",
                                "card-gone",
                                "card-too-long")
                        .contains(code)
                ? 422
                : 409;
        return Answer.error(status, code, "It was not sent", Map.of());
    }

    /** Sends what waits for a supervisor; with {@code text} in the supervisor's own words. */
    public Answer approve(
            @Header(CALLER) String caller,
            @Header("id") String id,
            @Header("approval") String approval,
            @Body String body) {
        JsonNode request = Requests.read(body);
        InquiryId inquiry = Requests.inquiryId(id);
        return answer(
                inquiry,
                desk.approve(
                        person(caller),
                        inquiry,
                        Requests.uuid(approval, "approval"),
                        request.path("draftVersion").asLong(-1),
                        request.has("text") ? DraftForm.read(request) : null));
    }

    public Answer returnDraft(
            @Header(CALLER) String caller,
            @Header("id") String id,
            @Header("approval") String approval,
            @Body String body) {
        desk.returnDraft(
                person(caller),
                Requests.inquiryId(id),
                Requests.uuid(approval, "approval"),
                Requests.line(Requests.read(body), "note", 1, 2000));
        return Answer.nothing();
    }

    public Answer withdrawDraft(
            @Header(CALLER) String caller, @Header("id") String id, @Header("approval") String approval) {
        desk.withdraw(person(caller), Requests.inquiryId(id), Requests.uuid(approval, "approval"));
        return Answer.nothing();
    }

    /** Takes a picture for the draft; the body is the file itself. */
    public Answer uploadImage(@Header(CALLER) String caller, @Header("id") String id, @Body byte[] body) {
        return upload(caller, id, "image", "upload-image", body, (inquiry, customer) -> {
            MediaRow kept = media.upload(inquiry, customer, body);
            uploaded(caller, "upload-image", kept, inquiry);
            return Media.image(kept);
        });
    }

    /** Takes a video for the draft; the body is the file itself. It waits for its preview. */
    public Answer uploadVideo(@Header(CALLER) String caller, @Header("id") String id, @Body byte[] body) {
        return upload(caller, id, "video", "upload-video", body, (inquiry, customer) -> {
            MediaRow kept = media.uploadVideo(inquiry, customer, body);
            uploaded(caller, "upload-video", kept, inquiry);
            return Map.of("id", kept.id().value());
        });
    }

    /** Takes the picture a phone shows before the video is played; the body is the file itself. */
    public Answer uploadPreview(
            @Header(CALLER) String caller, @Header("id") String id, @Header("video") String video, @Body byte[] body) {
        MediaId of = new MediaId(Requests.uuid(video, "video"));
        return upload(caller, id, "image", "upload-preview", body, (inquiry, customer) -> {
            MediaRow kept = media.uploadPreview(inquiry, customer, of, body)
                    .orElseThrow(() -> new BadRequestException(404, "not-found", "There is no such video to send"));
            uploaded(caller, "upload-preview", kept, inquiry);
            return Media.image(kept);
        });
    }

    /** Keeps a file for a draft; what is wrong with it is said in the exception. */
    private interface Upload {
        Object keep(InquiryId inquiry, Customer customer) throws IOException;
    }

    private Answer upload(String caller, String id, String kind, String act, byte[] body, Upload upload) {
        Inquiry inquiry = screens.find(Requests.inquiryId(id));
        if (!person(caller).id().equals(inquiry.operator())) {
            throw notOwner();
        }
        if (body == null || body.length == 0) {
            throw new BadRequestException(422, kind, "The body is the file of the " + kind + ", and it is empty");
        }
        try {
            return new Answer(201, upload.keep(inquiry.id(), screens.customer(inquiry.customer())));
        } catch (InfectedException e) {
            store.inTransaction(() -> audit.write(
                    caller, act, "inquiry/" + inquiry.id(), Audit.REFUSED, null, Map.of("virus", e.virus())));
            throw new BadRequestException(422, "infected", e.getMessage());
        } catch (NotScannedException e) {
            throw new BadRequestException(503, "not-scanned", "The file cannot be scanned for viruses at this moment");
        } catch (IOException e) {
            throw new BadRequestException(422, kind, e.getMessage());
        }
    }

    private void uploaded(String caller, String act, MediaRow kept, InquiryId inquiry) {
        store.inTransaction(() -> audit.write(
                caller, act, "media/" + kept.id().value(), Audit.OK, null, Map.of("inquiry", "" + inquiry)));
    }

    public Answer typing(@Header(CALLER) String caller, @Header("id") String id) {
        desk.typing(person(caller), Requests.inquiryId(id));
        return Answer.nothing();
    }

    public Answer undo(@Header(CALLER) String caller, @Header("id") String id, @Body String body) {
        MessageId message = new MessageId(
                Requests.uuid(Requests.read(body).path("messageId").asText(), "messageId"));
        return desk.undo(person(caller), Requests.inquiryId(id), message)
                .map(draft -> Answer.ok(Map.of("draft", draft)))
                .orElseGet(() -> Answer.error(409, "too-late", "LINE has been called already", Map.of()));
    }

    public Answer resend(@Header(CALLER) String caller, @Header("id") String id, @Body String body) {
        MessageId message = new MessageId(
                Requests.uuid(Requests.read(body).path("messageId").asText(), "messageId"));
        desk.resend(person(caller), Requests.inquiryId(id), message);
        return Answer.nothing();
    }

    /** Thrown, not answered: so it is audited. */
    private static BadRequestException notOwner() {
        return new BadRequestException(409, WrongStateException.NOT_OWNER, "Another operator has the inquiry");
    }

    private static Answer draftChanged(Draft draft) {
        return conflict("draft-changed", "draft", draft);
    }

    private static Answer conflict(String code, String key, Object value) {
        return Answer.error(409, code, "It was not done", Map.of(key, value));
    }

    private Person person(String caller) {
        return Requests.person(operators, caller);
    }
}
