package io.tsunagi.store;

/** Says in SQL what legal holds cover; whoever keeps, destroys or opens something asks in these words. */
public final class OnHold {
    private OnHold() {}

    /** A condition: a hold covers the row whose inquiry, customer and account these expressions give. */
    public static String covers(String inquiry, String customer, String account) {
        return "exists (select 1 from legal_holds h where h.lifted_at is null and " + are(inquiry, customer, account)
                + ")";
    }

    /** An expression: when the last of the holds that covered such a row was lifted; null when none was. */
    public static String lastLifted(String inquiry, String customer, String account) {
        return "(select max(h.lifted_at) from legal_holds h where " + are(inquiry, customer, account) + ")";
    }

    private static String are(String inquiry, String customer, String account) {
        return "(h.scope = 'INQUIRY' and h.subject = " + inquiry + " or h.scope = 'CUSTOMER' and h.subject = "
                + customer + " or h.scope = 'ACCOUNT' and h.account = " + account + ")";
    }

    /** As {@link #covers}, of what belongs to a customer and to no inquiry: what holds one of their inquiries holds it too. */
    public static String coversLane(String customer, String account) {
        return "exists (select 1 from legal_holds h where h.lifted_at is null and (h.scope = 'INQUIRY' and exists"
                + " (select 1 from inquiries held where held.id = h.subject and held.customer = " + customer
                + ") or h.scope = 'CUSTOMER' and h.subject = " + customer
                + " or h.scope = 'ACCOUNT' and h.account = " + account + "))";
    }
}
