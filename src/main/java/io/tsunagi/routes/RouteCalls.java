package io.tsunagi.routes;

import java.util.Collection;
import java.util.List;
import org.apache.camel.model.ProcessorDefinition;
import org.apache.camel.model.ProcessorDefinitionHelper;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.model.ToDefinition;

/** What a route sends to. */
final class RouteCalls {
    private RouteCalls() {}

    /** Gives the addresses that the route's steps send to, without their options. */
    static List<String> of(RouteDefinition route) {
        Collection<ToDefinition> steps =
                ProcessorDefinitionHelper.filterTypeInOutputs(outputs(route), ToDefinition.class);
        return steps.stream().map(step -> address(step.getEndpointUri())).toList();
    }

    private static List<ProcessorDefinition<?>> outputs(RouteDefinition route) {
        return route.getOutputs();
    }

    static String address(String uri) {
        return String.valueOf(uri).replaceFirst("\\?.*", "").replaceFirst("^([a-z-]+):/+", "$1:");
    }
}
