package io.tsunagi.salesforce;

import io.tsunagi.config.Outgoing;
import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import java.net.URI;
import java.time.Duration;
import java.util.Objects;

/**
 * How the hub reaches Salesforce ({@code hub.salesforce.*}).
 *
 * @param loginUrl the org's My Domain address without a slash at the end; empty = Salesforce is off
 * @param replaced whether routes write to another system in its place; Salesforce is off then
 * @param credentials null when Salesforce is off
 * @param callTimeout the longest a call may take, login included
 * @param customer what a customer is there
 * @param batch the most inquiries that are written in one call
 * @param lease how long a worker keeps a row for itself; longer than any call, so that nobody else makes it meanwhile
 */
record SalesforceSettings(
        String loginUrl,
        boolean replaced,
        Credentials credentials,
        Customer customer,
        Duration callTimeout,
        int batch,
        Duration lease) {
    /** What a customer is in Salesforce. */
    enum Customer {
        CONTACT("Contact"),
        PERSON_ACCOUNT("Account");

        private final String object;

        Customer(String object) {
            this.object = object;
        }

        /** The object whose {@code LineUserId__c} names the customer. */
        String object() {
            return object;
        }
    }

    /** When an inquiry's Case is made; the route receive-message looks. */
    private enum CaseOpens {
        HAND_OFF,
        FIRST_MESSAGE
    }

    /** When what Salesforce holds of a customer is read; the route receive-message looks. */
    private enum CustomerRead {
        OPENED,
        FIRST_MESSAGE
    }

    /** The REST API version of every call. */
    static final String API_VERSION = "62.0";

    SalesforceSettings {
        Objects.requireNonNull(loginUrl);
    }

    static SalesforceSettings of(Settings settings) {
        String loginUrl = settings.text("hub.salesforce.login-url").replaceAll("/+$", "");
        Duration callTimeout = Duration.ofMillis(settings.whole("hub.salesforce.call-timeout-millis", 100, 600_000));
        Duration lease = settings.duration("hub.salesforce.lease");
        int batch = settings.whole("hub.salesforce.batch", 1, CrmQueue.ROWS_A_CALL);
        Customer customer = settings.choice("hub.salesforce.customer", Customer.class);
        settings.choice("hub.salesforce.case-opens", CaseOpens.class);
        settings.choice("hub.salesforce.customer-read", CustomerRead.class);
        boolean replaced = settings.flag("hub.salesforce.replaced");
        if (replaced && !loginUrl.isEmpty()) {
            throw new SettingsException("The setting hub.salesforce.replaced is true, but hub.salesforce.login-url is '"
                    + loginUrl + "'; leave one of them out: work is written to one system only.");
        }
        if (!settings.text("hub.salesforce.person-record-type").matches("|012[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?")) {
            throw new SettingsException("The setting hub.salesforce.person-record-type is '"
                    + settings.text("hub.salesforce.person-record-type")
                    + "'; it must be empty or the id of a record type, which begins with 012.");
        }
        if (lease.compareTo(callTimeout.multipliedBy(2)) < 0) {
            throw new SettingsException("The setting hub.salesforce.lease must be at least twice"
                    + " hub.salesforce.call-timeout-millis, otherwise two workers make the same call.");
        }
        if (loginUrl.isEmpty()) {
            return new SalesforceSettings("", replaced, null, customer, callTimeout, batch, lease);
        }
        refuseUnusable(loginUrl);
        Outgoing.refuseClear(settings, "hub.salesforce.login-url");
        return new SalesforceSettings(loginUrl, false, Credentials.of(settings), customer, callTimeout, batch, lease);
    }

    private static void refuseUnusable(String loginUrl) {
        try {
            URI uri = URI.create(loginUrl);
            if (uri.getHost() != null && ("https".equals(uri.getScheme()) || "http".equals(uri.getScheme()))) {
                return;
            }
        } catch (IllegalArgumentException e) {
            throw new SettingsException("The setting hub.salesforce.login-url is '" + loginUrl
                    + "', which is not an address such as https://example.my.salesforce.com.");
        }
        throw new SettingsException("The setting hub.salesforce.login-url is '" + loginUrl
                + "'; it must begin with https:// and name a host.");
    }

    boolean off() {
        return loginUrl.isEmpty();
    }
}
