package io.tsunagi.salesforce;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PlainTextTest {
    @Test
    void paragraphs_and_lists_become_lines() {
        assertThat(PlainText.of("<p>ホームを開きます。</p><ol><li>残高を&nbsp;見る</li><li>A &amp; B</li></ol>"))
                .isEqualTo("ホームを開きます。\n・残高を 見る\n・A & B");
    }

    @Test
    void scripts_and_comments_vanish_and_entities_become_characters() {
        assertThat(PlainText.of("a<script>alert(1)</script><!-- x -->b &#12354; &lt;c&gt;"))
                .isEqualTo("ab あ <c>");
    }

    @Test
    void text_without_mark_up_stays_as_it_is() {
        assertThat(PlainText.of("a < b\n\n\n\nc & d")).isEqualTo("a < b\n\n\n\nc & d");
        assertThat(PlainText.of(null)).isNull();
    }
}
