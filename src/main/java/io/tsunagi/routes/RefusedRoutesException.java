package io.tsunagi.routes;

import java.util.List;
import java.util.stream.Collectors;

/** Route files break a rule, or cannot be built; says which, where, and what to do. */
public final class RefusedRoutesException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient List<RouteFault> faults;

    RefusedRoutesException(List<RouteFault> faults) {
        super(faults.stream().map(RouteFault::toString).collect(Collectors.joining("\n")));
        this.faults = List.copyOf(faults);
    }

    public List<RouteFault> faults() {
        return faults;
    }
}
