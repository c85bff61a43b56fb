package io.tsunagi.ops;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/**
 * Gives memory that a start needed, and nothing needs any more, back to the machine. A start leaves as much behind as it
 * keeps, in Java's heap and in what Java's compilers took from the C library; both hold on to it until they are next
 * short of room.
 */
public final class Leftovers {
    private static final String COMMANDS = "com.sun.management:type=DiagnosticCommand";
    private static final String TRIM = "systemTrimNativeHeap";

    private Leftovers() {}

    /**
     * Collects the heap and, where Java can (HotSpot on Linux with glibc, 17.0.9 or later), trims the C library's. Takes
     * some hundred milliseconds of one core.
     */
    public static void giveBack() {
        System.gc();
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        try {
            ObjectName commands = new ObjectName(COMMANDS);
            if (server.isRegistered(commands)
                    && Arrays.stream(server.getMBeanInfo(commands).getOperations())
                            .anyMatch(operation -> operation.getName().equals(TRIM))) {
                server.invoke(commands, TRIM, null, null);
            }
        } catch (JMException e) {
            throw new IllegalStateException("Java names a command that it does not carry out: " + TRIM, e);
        }
    }
}
