package io.tsunagi.audit;

/**
 * The address from which the call came that this thread is carrying out (PCI DSS v4.0.1, 10.2.2). An act on an inquiry goes
 * through classes that need to know who acts and not from where: their rows take the address from here.
 */
public final class Origin {
    private static final ThreadLocal<String> OF_CALL = new ThreadLocal<>();

    private Origin() {}

    /** Gives the address, or null where no call is carried out. */
    static String ofCall() {
        return OF_CALL.get();
    }

    /** Makes the address that of the calling thread until {@code work} ends. */
    public static void during(String address, Runnable work) {
        String before = OF_CALL.get();
        OF_CALL.set(address);
        try {
            work.run();
        } finally {
            if (before == null) {
                OF_CALL.remove();
            } else {
                OF_CALL.set(before);
            }
        }
    }
}
