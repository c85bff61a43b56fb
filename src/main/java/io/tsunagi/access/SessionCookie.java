package io.tsunagi.access;

import io.tsunagi.config.Settings;

/**
 * The one cookie. Behind https it is {@code __Host-tsunagi} and Secure, so that neither a sub-domain nor plain http can
 * set or see it; the try-out on http://localhost has {@code tsunagi}.
 */
record SessionCookie(String name, boolean secure) {
    static SessionCookie of(Settings settings) {
        boolean secure = settings.needed("hub.http.public-url").startsWith("https:");
        return new SessionCookie(secure ? "__Host-tsunagi" : "tsunagi", secure);
    }

    /** Gives the value of Set-Cookie; without Max-Age the browser forgets it when it is closed. */
    String opened(String token) {
        return name + "=" + token + attributes();
    }

    String ended() {
        return name + "=; Max-Age=0" + attributes();
    }

    private String attributes() {
        return "; Path=/; HttpOnly; SameSite=Strict" + (secure ? "; Secure" : "");
    }
}
