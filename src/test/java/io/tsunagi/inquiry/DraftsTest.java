package io.tsunagi.inquiry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tsunagi.access.Person;
import io.tsunagi.store.Dialect;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Dialect.class)
class DraftsTest {
    @Parameter
    Dialect dialect;

    private Office office;
    private Person aoi;
    private Inquiry inquiry;

    @BeforeEach
    void open() {
        office = Office.open(dialect);
        aoi = office.operator("aoi", 4);
        inquiry = office.assigned("misaki", aoi);
    }

    @AfterEach
    void close() {
        office.close();
    }

    @Test
    void a_saved_draft_is_there_on_another_node_with_its_sticker() {
        Content.Sticker sticker = new Content.Sticker("446", "1988", null, null);
        office.desk
                .save(aoi, inquiry.id(), 0, new Draft.Parts("お調べします", null, sticker, null, null, null, null))
                .orElseThrow();

        try (Office other = office.secondNode()) {
            Draft draft = other.drafts.of(inquiry.id());
            assertThat(draft.text()).isEqualTo("お調べします");
            assertThat(draft.sticker()).isEqualTo(sticker);
            assertThat(draft.version()).isOne();
            assertThat(draft.savedAt()).isEqualTo(office.clock.instant());
        }
    }

    @Test
    void words_over_an_older_version_are_refused_and_the_newer_ones_stay() {
        Draft first =
                office.desk.save(aoi, inquiry.id(), 0, Draft.Parts.ofText("一")).orElseThrow();
        office.desk
                .save(aoi, inquiry.id(), first.version(), Draft.Parts.ofText("二"))
                .orElseThrow();

        assertThat(office.desk.save(aoi, inquiry.id(), first.version(), Draft.Parts.ofText("別の端末")))
                .isEmpty();
        assertThat(office.desk.save(aoi, inquiry.id(), 0, Draft.Parts.ofText("また別")))
                .isEmpty();
        assertThat(office.drafts.of(inquiry.id()).text()).isEqualTo("二");
    }

    @Test
    void of_many_who_save_over_the_same_version_one_wins() {
        for (long known = 0; known < 4; known++) {
            long version = known;
            List<Callable<?>> saves = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                String text = "v" + version + " " + i;
                saves.add(() -> office.desk.save(aoi, inquiry.id(), version, Draft.Parts.ofText(text)));
            }

            List<Object> outcomes = Office.atOnce(saves);

            assertThat(outcomes).filteredOn(Optional.empty()::equals).hasSize(3);
            assertThat(office.drafts.of(inquiry.id()).version()).isEqualTo(version + 1);
        }
    }

    @Test
    void a_draft_remembers_what_stood_there_when_it_was_begun() {
        Draft begun = office.drafts(aoi, inquiry, "お");
        office.writes("misaki", "まだですか");
        Draft longer = office.drafts(aoi, inquiry, "お調べ");

        assertThat(longer.sinceSeq()).isEqualTo(begun.sinceSeq());

        office.drafts(aoi, inquiry, "");
        assertThat(office.drafts(aoi, inquiry, "はい").sinceSeq())
                .as("an emptied draft begins anew")
                .isGreaterThan(begun.sinceSeq());
    }

    @Test
    void only_the_owner_has_a_draft() {
        Person ren = office.operator("ren", 4);

        assertThatThrownBy(() -> office.desk.save(ren, inquiry.id(), 0, Draft.Parts.ofText("割り込み")))
                .isInstanceOfSatisfying(
                        WrongStateException.class, e -> assertThat(e.code()).isEqualTo("not-owner"));
        assertThat(office.drafts.of(inquiry.id()).isEmpty()).isTrue();
    }

    @Test
    void a_draft_goes_with_the_inquiry_to_the_next_owner_and_ends_with_its_close() {
        office.drafts(aoi, inquiry, "書きかけ");
        office.desk.requeue(aoi, inquiry.id());
        assertThat(office.drafts.of(inquiry.id()).text()).isEqualTo("書きかけ");

        office.dispatcher.assign();
        office.desk.close(aoi, inquiry.id(), "solved", () -> {});
        assertThat(office.drafts.of(inquiry.id()).isEmpty()).isTrue();
    }

    @Test
    void a_draft_is_sealed_and_holds_no_card_number() {
        office.drafts(aoi, inquiry, "番号は4111 1111 1111 1111ですか");

        assertThat(office.drafts.of(inquiry.id()).text()).isEqualTo("番号は**** **** **** 1111ですか");
        byte[] stored = office.store
                .jdbc()
                .sql("select content from drafts")
                .query(byte[].class)
                .single();
        assertThat(new String(stored, StandardCharsets.UTF_8)).doesNotContain("番号");
    }
}
