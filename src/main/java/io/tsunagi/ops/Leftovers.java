package io.tsunagi.ops;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
import javax.management.JMException;
import javax.management.JMRuntimeException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives memory that a start needed, and nothing needs any more, back to the machine. A start leaves as much behind as it
 * keeps, in Java's heap and in what Java's compilers took from the C library; both hold on to it until they are next
 * short of room.
 */
public final class Leftovers {
    private static final Logger LOG = LoggerFactory.getLogger(Leftovers.class);
    private static final String COMMANDS = "com.sun.management:type=DiagnosticCommand";
    private static final String TRIM = "systemTrimNativeHeap";

    private Leftovers() {}

    /**
     * Collects the heap and, where Java offers it (HotSpot on Linux with glibc), trims the C library's. Takes some hundred
     * milliseconds of one core. What cannot be given back is kept, with a word in the log.
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
        } catch (JMException | JMRuntimeException e) {
            LOG.warn("Java does not give memory back that its start needed: {}", e.toString());
        }
    }
}
