package io.tsunagi.line;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.interfaces.RSAPrivateCrtKey;
import java.util.Base64;

/** A channel's assertion signing key, made anew, as JSON Web Keys. */
public final class TestKey {
    private final RSAPrivateCrtKey key;

    public TestKey() {
        try {
            KeyPairGenerator pairs = KeyPairGenerator.getInstance("RSA");
            pairs.initialize(2048);
            key = (RSAPrivateCrtKey) pairs.generateKeyPair().getPrivate();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    public ObjectNode publicJwk() {
        return new ObjectMapper()
                .createObjectNode()
                .put("kty", "RSA")
                .put("alg", "RS256")
                .put("use", "sig")
                .put("kid", "the-kid")
                .put("n", number(key.getModulus()))
                .put("e", number(key.getPublicExponent()));
    }

    public ObjectNode privateJwk() {
        return publicJwk()
                .put("d", number(key.getPrivateExponent()))
                .put("p", number(key.getPrimeP()))
                .put("q", number(key.getPrimeQ()))
                .put("dp", number(key.getPrimeExponentP()))
                .put("dq", number(key.getPrimeExponentQ()))
                .put("qi", number(key.getCrtCoefficient()));
    }

    private static String number(BigInteger value) {
        byte[] bytes = value.toByteArray();
        int from = bytes[0] == 0 ? 1 : 0;
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(java.util.Arrays.copyOfRange(bytes, from, bytes.length));
    }
}
