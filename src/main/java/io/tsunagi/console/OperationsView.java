package io.tsunagi.console;

import io.tsunagi.audit.Audit;
import io.tsunagi.config.Settings;
import io.tsunagi.routes.RouteKeeper;
import io.tsunagi.store.Store;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.apache.camel.Exchange;
import org.apache.camel.Header;
import org.apache.camel.ServiceStatus;

/** The configuration as the hub sees it, and its routes as they run on this node; nothing is changed here. */
public final class OperationsView {
    /** A setting; {@code value} is null for a secret. */
    public record Value(String key, String value, boolean secret, boolean given, String origin) {}

    /** A route; {@code state} is Camel's word for it, or {@code missing}. */
    public record Running(String id, String state) {}

    /** A file of routes. */
    public record File(
            String file, String kind, String version, boolean replaced, List<String> faults, List<Running> routes) {}

    private final Settings settings;
    private final Supplier<List<RouteKeeper.Standing>> files;
    private final IntSupplier managementPort;
    private final Store store;
    private final Audit audit;

    /**
     * @param files what the keeper of routes says
     * @param managementPort where Hawtio is served
     */
    public OperationsView(
            Settings settings,
            Supplier<List<RouteKeeper.Standing>> files,
            IntSupplier managementPort,
            Store store,
            Audit audit) {
        this.settings = settings;
        this.files = files;
        this.managementPort = managementPort;
        this.store = store;
        this.audit = audit;
    }

    /** Every setting and where its value was found; no secret. As all that administrators do it is audited (PCI DSS v4.0.1, 10.2.1.2). */
    public List<Value> configuration(
            @Header("tsunagi-operator") String caller, @Header("tsunagi-origin") String origin) {
        store.inTransaction(() -> audit.write(caller, "view-configuration", "settings", Audit.OK, origin, null));
        return settings.entries().stream()
                .map(entry -> new Value(
                        entry.key(),
                        entry.value(),
                        entry.secret(),
                        entry.given(),
                        entry.origin().name().toLowerCase(Locale.ROOT)))
                .toList();
    }

    /** The files of routes with the state of each route, and where Hawtio listens. */
    public Object routes(Exchange exchange) {
        List<File> all = files.get().stream()
                .map(standing -> new File(
                        standing.file(),
                        standing.kind(),
                        standing.version(),
                        standing.replaced(),
                        standing.faults(),
                        standing.routes().stream()
                                .map(id -> new Running(id, state(exchange, id)))
                                .toList()))
                .toList();
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("files", all);
        answer.put("hawtioPort", managementPort.getAsInt());
        answer.put("hawtioLocal", settings.needed("hub.management.host").matches("127\\..*|localhost|::1"));
        return answer;
    }

    private static String state(Exchange exchange, String id) {
        ServiceStatus status = exchange.getContext().getRouteController().getRouteStatus(id);
        return status == null ? "missing" : status.name().toLowerCase(Locale.ROOT);
    }
}
