package io.tsunagi.inquiry;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.access.Person;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Signals;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Dialect.class)
class MentionsTest {
    @Parameter
    Dialect dialect;

    private Office office;
    private Mentions mentions;
    private Person aoi;
    private Person ren;
    private Person renka;
    private Inquiry inquiry;

    @BeforeEach
    void open() {
        office = Office.open(dialect);
        mentions = new Mentions(office.store, new Signals(), office.clock);
        aoi = office.operator("aoi", 3);
        ren = office.operator("ren", 3);
        renka = office.operator("renka", 3);
        inquiry = office.assigned("U1", aoi);
    }

    @AfterEach
    void close() {
        office.close();
    }

    private void note(String text) {
        office.desk.note(aoi, inquiry.id(), text, kept -> mentions.call(kept, aoi.id(), List.of(aoi, ren, renka)));
    }

    @Test
    void who_is_called_finds_the_inquiry_until_they_have_looked() {
        note("@ren さん、ご確認ください。@ren");
        assertThat(mentions.unseen(ren.id())).hasSize(1).allSatisfy(mention -> {
            assertThat(mention.inquiry()).isEqualTo(inquiry.id());
            assertThat(mention.author()).isEqualTo(aoi.id());
        });
        mentions.seen(ren.id(), inquiry.id());
        assertThat(mentions.unseen(ren.id())).isEmpty();
    }

    @Test
    void the_longest_name_is_meant_and_nobody_calls_themselves() {
        note("@renka に聞きました。@aoi");
        assertThat(mentions.unseen(renka.id())).hasSize(1);
        assertThat(mentions.unseen(ren.id())).isEmpty();
        assertThat(mentions.unseen(aoi.id())).isEmpty();
    }
}
