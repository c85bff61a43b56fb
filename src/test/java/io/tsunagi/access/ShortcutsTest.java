package io.tsunagi.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tsunagi.store.Dialect;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@ParameterizedClass
@EnumSource(Dialect.class)
class ShortcutsTest {
    @Parameter
    Dialect dialect;

    private People people;
    private Shortcuts shortcuts;
    private OperatorId aoi;
    private OperatorId sakura;

    @BeforeEach
    void open() {
        people = People.of(dialect, Map.of());
        shortcuts = new Shortcuts(people.store);
        aoi = id("aoi");
        sakura = id("sakura");
    }

    @AfterEach
    void close() {
        people.close();
    }

    private OperatorId id(String name) {
        return new OperatorId(people.store
                .jdbc()
                .sql("select id from operators where name = ?")
                .param(name)
                .query(UUID.class)
                .single());
    }

    @Test
    void a_persons_keys_are_kept_for_them_alone_and_the_newest_choice_is_whole() {
        shortcuts.keep(aoi, Map.of("handle.hold", "Alt KeyI", "write.advice-edit", "Shift Alt Comma"));
        shortcuts.keep(aoi, Map.of("handle.hold", "Alt Period", "handle.close", ""));

        assertThat(shortcuts.of(aoi)).isEqualTo(Map.of("handle.hold", "Alt Period", "handle.close", ""));
        assertThat(shortcuts.of(sakura)).isEmpty();
        shortcuts.keep(aoi, Map.of());
        assertThat(shortcuts.of(aoi)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"KeyH", "Alt KeyD", "Shift Alt KeyF", "Ctrl KeyW", "Alt Digit1", "Alt Enter", "Alt keyh", "F6"})
    void what_types_a_letter_or_belongs_to_a_browser_is_no_key(String keys) {
        assertThatThrownBy(() -> shortcuts.keep(aoi, Map.of("handle.hold", keys)))
                .isInstanceOf(Shortcuts.RefusedException.class);
        assertThat(shortcuts.of(aoi)).isEmpty();
    }

    @Test
    void two_acts_have_not_one_key_and_acts_have_names() {
        assertThatThrownBy(() -> shortcuts.keep(aoi, Map.of("handle.hold", "Alt KeyI", "handle.close", "Alt KeyI")))
                .isInstanceOf(Shortcuts.RefusedException.class);
        assertThatThrownBy(() -> shortcuts.keep(aoi, Map.of("<b>", "Alt KeyI")))
                .isInstanceOf(Shortcuts.RefusedException.class);
        shortcuts.keep(aoi, Map.of("handle.hold", "", "handle.close", ""));
        assertThat(shortcuts.of(aoi)).hasSize(2);
    }
}
