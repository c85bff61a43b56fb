package io.tsunagi.access;

import io.tsunagi.config.Settings;
import java.time.Duration;

/**
 * The console's cookie, or that of a chat in another site's frame. Behind https their names begin with {@code __Host-},
 * so that neither a sub-domain nor plain http can set or see them; the try-out on http://localhost has {@code tsunagi}.
 *
 * <p>Browsers send no {@code SameSite=Strict} cookie from another site's frame. The one for frames is therefore
 * {@code SameSite=None}, and {@code Partitioned} (CHIPS, draft-cutler-httpbis-partitioned-cookies): kept apart for each
 * site around the frame, it also works where third-party cookies are blocked. {@link SessionGate} takes it only from
 * the frame's own calls.
 */
record SessionCookie(String name, String attributes) {
    static SessionCookie of(Settings settings) {
        return secure(settings)
                ? new SessionCookie("__Host-tsunagi", "; SameSite=Strict; Secure")
                : new SessionCookie("tsunagi", "; SameSite=Strict");
    }

    /** Always Secure, without which browsers refuse it; they take that over plain http from the machine itself. */
    static SessionCookie embedded(Settings settings) {
        return new SessionCookie(
                secure(settings) ? "__Host-tsunagi-frame" : "tsunagi-frame", "; SameSite=None; Secure; Partitioned");
    }

    /** What the way back from a provider needs: it comes from another site, so the browser must send it then. */
    static SessionCookie ofWay(Settings settings) {
        return secure(settings)
                ? new SessionCookie("__Host-tsunagi-way", "; SameSite=Lax; Secure")
                : new SessionCookie("tsunagi-way", "; SameSite=Lax");
    }

    private static boolean secure(Settings settings) {
        return settings.needed("hub.http.public-url").startsWith("https:");
    }

    /** Gives the value of Set-Cookie; without Max-Age the browser forgets it when it is closed. */
    String opened(String token) {
        return name + "=" + token + "; Path=/; HttpOnly" + attributes;
    }

    String opened(String value, Duration longest) {
        return name + "=" + value + "; Max-Age=" + longest.toSeconds() + "; Path=/; HttpOnly" + attributes;
    }

    String ended() {
        return name + "=; Max-Age=0; Path=/; HttpOnly" + attributes;
    }
}
