package io.tsunagi.media;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Set;

/** Bytes of media that a machine makes up, as strangers could send them. */
class FileKindFuzzTest {
    private static final Set<String> SHOWN = Set.of("image/jpeg", "image/png", "image/gif", "image/webp");

    /** Whatever it is, it has a name from the hub's own list, and only a picture is called one. */
    @FuzzTest
    void kind(byte[] bytes) {
        assertThat(FileKind.of("file", bytes))
                .hasValueSatisfying(kind -> assertThat(kind.contentType()).matches("[a-z]+/[a-z0-9-]+"));
        assertThat(FileKind.of("image", bytes).map(FileKind::contentType))
                .matches(type -> type.isEmpty() || SHOWN.contains(type.get()));
        assertThat(FileKind.of("video", bytes).map(FileKind::contentType))
                .matches(type -> type.isEmpty() || type.get().startsWith("video/"));
        assertThat(FileKind.of("audio", bytes).map(FileKind::contentType))
                .matches(type -> type.isEmpty() || type.get().startsWith("audio/"));
    }
}
