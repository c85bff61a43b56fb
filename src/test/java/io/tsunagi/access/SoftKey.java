package io.tsunagi.access;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;

/** A security key and the browser around it, in software: ES256, no attestation (W3C Web Authentication, Level 2, 6.1 and 6.5). */
final class SoftKey {
    private static final Base64.Encoder TEXT = Base64.getUrlEncoder().withoutPadding();
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int PRESENT = 0x01;
    private static final int VERIFIED = 0x04;
    private static final int ATTESTED = 0x40;

    private final KeyPair pair;
    private final byte[] id = new byte[32];
    String origin = "http://localhost:8080";
    String domain = "localhost";
    boolean crossOrigin;
    /** The owner's handle, base64url; null for a key that does not keep it. */
    String user;

    boolean verifies = true;
    int counter;

    SoftKey() {
        new SecureRandom().nextBytes(id);
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            pair = generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    String id() {
        return TEXT.encodeToString(id);
    }

    /** Answers {@code navigator.credentials.create}. */
    String made(Map<String, Object> options) {
        ByteArrayOutputStream object = new ByteArrayOutputStream();
        byte[] data = data(ATTESTED);
        object.writeBytes(new byte[] {(byte) 0xa3, 0x63, 'f', 'm', 't', 0x64, 'n', 'o', 'n', 'e'});
        object.writeBytes(new byte[] {0x67, 'a', 't', 't', 'S', 't', 'm', 't', (byte) 0xa0});
        object.writeBytes(new byte[] {0x68, 'a', 'u', 't', 'h', 'D', 'a', 't', 'a', 0x58, (byte) data.length});
        object.writeBytes(data);
        ObjectNode response = JSON.createObjectNode()
                .put("clientDataJSON", TEXT.encodeToString(client("webauthn.create", options)))
                .put("attestationObject", TEXT.encodeToString(object.toByteArray()));
        response.putArray("transports").add("usb");
        return credential(response);
    }

    /** Answers {@code navigator.credentials.get}; each time the counter moves on. */
    String signed(Map<String, Object> options) {
        counter++;
        byte[] client = client("webauthn.get", options);
        byte[] data = data(0);
        try {
            Signature signature = Signature.getInstance("SHA256withECDSA");
            signature.initSign(pair.getPrivate());
            signature.update(data);
            signature.update(sha256(client));
            ObjectNode response = JSON.createObjectNode()
                    .put("clientDataJSON", TEXT.encodeToString(client))
                    .put("authenticatorData", TEXT.encodeToString(data))
                    .put("signature", TEXT.encodeToString(signature.sign()));
            return credential(user == null ? response : response.put("userHandle", user));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Puts another challenge into an answer that is signed already. */
    String withChallenge(String answer, String challenge) {
        try {
            ObjectNode changed = (ObjectNode) JSON.readTree(answer);
            ((ObjectNode) changed.get("response"))
                    .put("clientDataJSON", TEXT.encodeToString(client("webauthn.get", Map.of("challenge", challenge))));
            return changed.toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String credential(ObjectNode response) {
        ObjectNode credential =
                JSON.createObjectNode().put("id", id()).put("rawId", id()).put("type", "public-key");
        credential.set("response", response);
        credential.putObject("clientExtensionResults");
        return credential.toString();
    }

    private byte[] client(String type, Map<String, Object> options) {
        try {
            return JSON.writeValueAsBytes(JSON.createObjectNode()
                    .put("type", type)
                    .put("challenge", (String) options.get("challenge"))
                    .put("origin", origin)
                    .put("crossOrigin", crossOrigin));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private byte[] data(int flags) {
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        data.writeBytes(sha256(domain.getBytes(StandardCharsets.UTF_8)));
        data.write(flags | PRESENT | (verifies ? VERIFIED : 0));
        data.writeBytes(ByteBuffer.allocate(4).putInt(counter).array());
        if (flags == ATTESTED) {
            data.writeBytes(new byte[16]);
            data.writeBytes(ByteBuffer.allocate(2).putShort((short) id.length).array());
            data.writeBytes(id);
            ECPublicKey key = (ECPublicKey) pair.getPublic();
            data.writeBytes(new byte[] {(byte) 0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20});
            data.writeBytes(unsigned(key.getW().getAffineX()));
            data.writeBytes(new byte[] {0x22, 0x58, 0x20});
            data.writeBytes(unsigned(key.getW().getAffineY()));
        }
        return data.toByteArray();
    }

    private static byte[] unsigned(BigInteger number) {
        byte[] bytes = number.toByteArray();
        byte[] fixed = new byte[32];
        byte[] low = Arrays.copyOfRange(bytes, Math.max(0, bytes.length - 32), bytes.length);
        System.arraycopy(low, 0, fixed, 32 - low.length, low.length);
        return fixed;
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
