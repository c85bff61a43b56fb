package io.tsunagi.routes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a route file may hold (F31, F33); each sentence names file, line and rule. */
class RouteRulesTest {
    /** Beans stand in by class: nothing is called here. */
    private static final Map<String, Class<?>> BEANS = Map.of("articles", List.class, "dataSource", Object.class);

    private static final HubParts HUB = new HubParts(
            BEANS,
            name -> Optional.of("PT1S").filter(value -> name.equals("hub.media.keep")),
            name -> Optional.of("https://acme.example").filter(value -> name.equals("ACME_URL")));

    private static List<RouteFault> faults(String yaml) {
        List<RouteFile> files = new ArrayList<>(RouteFiles.builtIn().values());
        files.add(new RouteFile("custom/acme.camel.yaml", yaml));
        return RouteRules.faults(files, Set.of("custom/acme.camel.yaml"), HUB);
    }

    private static String route(String step) {
        return """
                # Why
                - route:
                    id: acme-one
                    description: Tries something
                    from:
                      uri: direct:acme-one
                      steps:
                        - %s
                """.formatted(step);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "log: { id: acme-log, message: \"Inquiry ${body.id} at ${date:now}\" }",
                "to: { id: acme-to, uri: \"{{env:ACME_URL}}/hooks\", parameters: { httpMethod: POST } }",
                "to: { id: acme-to, uri: \"http:acme.example\", parameters: { connectTimeout: \"{{env:ACME_PATIENCE:1000}}\" } }",
                "to: direct:search-knowledge",
                "setHeader: { id: acme-token, name: Authorization, simple: \"Bearer ${env.ACME_CRM_TOKEN}\" }",
                "bean: { id: acme-bean, ref: articles, method: \"contains(${body})\" }",
                "setBody: { id: acme-sql, constant: \"select 1\" }",
                "choice: { id: acme-c, when: [ { id: acme-w, simple: \"${body.reason} == 'fraud'\", steps: [ { stop: {} } ] } ] }",
            })
    void what_a_team_needs_is_allowed(String step) {
        assertThat(faults(route(step))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "component|to: exec:rm",
                "component|to: { id: a, uri: \"file:/etc\" }",
                "component|to: { id: a, uri: \"ssh:root@localhost\" }",
                "component|to: \"class:java.lang.Runtime?method=getRuntime\"",
                "component|to: \"language:groovy\"",
                "component|to: { id: a, uri: \"jdbc:other\" }",
                "address|toD: { id: a, uri: \"${header.where}\" }",
                "language|setBody: { id: a, groovy: \"1.execute()\" }",
                "language|setBody: { id: a, js: \"1\" }",
                "language|setBody: { id: a, method: { ref: articles, method: size } }",
                "language|setBody: { id: a, simple: \"${type:java.lang.Runtime.getRuntime}\" }",
                "language|setBody: { id: a, simple: \"${camelContext.registry}\" }",
                "language|setBody: { id: a, simple: \"${exchange.context}\" }",
                "language|setBody: { id: a, simple: \"${body.getClass.forName('x')}\" }",
                "language|setBody: { id: a, simple: \"${body.class.classLoader}\" }",
                "language|setBody: { id: a, simple: \"${sys.user.home}\" }",
                "language|setBody: { id: a, simple: \"${sysenv.HOME}\" }",
                "secret|setBody: { id: a, simple: \"${env.HUB_STORE_PASSWORD}\" }",
                "secret|setBody: { id: a, constant: \"{{env:HUB_STORE_PASSWORD}}\" }",
                "secret|setBody: { id: a, constant: \"{{env:ACME_SECRET}}\" }",
                "secret|to: { id: a, uri: \"smtp:mail.example.com\", parameters: { username: x, password: y } }",
                "secret|to: \"https://acme.example/?authUsername=x&authPassword=y\"",
                "setting|setBody: { id: a, constant: \"{{sys:user.home}}\" }",
                "setting|setBody: { id: a, constant: \"{{hub.store.password}}\" }",
                "setting|setBody: { id: a, constant: \"{{hub.not.there}}\" }",
                "setting|to: { id: a, uri: \"{{env:ACME_NOT_SET}}\" }",
                "bean|bean: { id: a, ref: nobody, method: x }",
                "bean|bean: { id: a, ref: articles, method: explode }",
                "bean|to: \"bean:java.lang.ProcessBuilder?method=start\"",
                "bean|setBody: { id: a, simple: \"${bean:java.lang.ProcessBuilder?method=start}\" }",
                "word|bean: { id: a, beanType: java.lang.ProcessBuilder }",
                "word|script: { id: a, groovy: x }",
                "word|process: { ref: articles }",
                "word|recipientList: { id: a, simple: \"${body}\" }",
                "word|pollEnrich: { id: a, constant: \"file:/etc\" }",
                "class|throwException: { id: a, exceptionType: java.lang.ProcessBuilder, message: x }",
                "class|split: { id: a, simple: \"${body}\", aggregationStrategy: \"#class:evil.Thing\", steps: [ { stop: {} } ] }",
                "class|to: { id: a, uri: \"http:acme.example\", parameters: { clientBuilder: \"#class:evil.Thing\" } }",
                "class|to: \"http:acme.example?clientBuilder=%23class:evil.Thing\"",
                "commit|to: { id: a, uri: \"jdbc:dataSource\", parameters: { resetAutoCommit: true } }",
                "commit|to: \"jdbc:dataSource?resetAutoCommit=true\"",
                "person|setHeader: { id: a, name: tsunagi-operator, constant: x }",
                "core|to: direct:push-to-line",
                "direct|to: direct:not-there",
                "transaction|transacted: { id: a, steps: [ { to: { id: b, uri: \"https:acme.example\" } } ] }",
                "twice|setBody: { id: take-turn, constant: x }",
            })
    void what_could_do_harm_is_refused_with_its_line(String rule, String step) {
        List<RouteFault> faults = faults(route(step));

        assertThat(faults).extracting(RouteFault::rule).contains(rule);
        assertThat(faults).allMatch(fault -> fault.file().equals("custom/acme.camel.yaml") && fault.line() >= 3);
        assertThat(faults.get(0).toString()).matches("(?s)custom/acme\\.camel\\.yaml:\\d+: .+ \\[[a-z-]+]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "syntax|- route: [",
                "entry|- route:\\n    id: a\\n  from: x",
                "syntax|- route: { id: acme-a, id: acme-b }",
                "syntax|- route: !!java.net.URL [ \"http://x\" ]",
                "syntax|- a: 1\\n---\\n- b: 2",
                "empty|# nothing",
                "empty|''",
                "empty|- route: { id: acme-a, description: x, from: { uri: \"direct:acme-a\" } }",
                "anchor|- route: &a { id: acme-a }\\n- route: *a",
                "entry|- beans: [ { name: evil, type: java.lang.Object } ]",
                "entry|- onException: { exception: [ java.lang.Throwable ] }",
                "entry|- restConfiguration: { component: servlet }",
                "entry|- routeTemplate: { id: acme-t }",
                "id|- route: { description: x, from: { uri: \"direct:a\", steps: [ { stop: {} } ] } }",
                "description|- route: { id: acme-a, from: { uri: \"direct:acme-a\", steps: [ { stop: {} } ] } }",
                "address|- route: { id: acme-a, description: x, from: { steps: [ { stop: {} } ] } }",
                "twice|- route: { id: hand-off, description: x, from: { uri: \"direct:acme-a\", steps: [ { stop: {} } ] } }",
                "twice|- route: { id: acme-a, description: x, from: { uri: \"seda:turns\", steps: [ { stop: {} } ] } }",
                "twice|- route: { id: acme-a, description: x, from: { uri: \"direct:hand-off\", steps: [ { stop: {} } ] } }",
                "way-to-fail|- route: { id: acme-a, description: x, routeConfigurationId: nothing, from: { uri: \"direct:acme-a\", steps: [ { stop: {} } ] } }",
            })
    void a_file_that_is_no_set_of_whole_routes_is_refused(String rule, String yaml) {
        assertThat(faults(yaml.replace("\\n", "\n").replace("''", "")))
                .extracting(RouteFault::rule)
                .contains(rule);
    }

    @Test
    void a_deep_file_does_not_end_the_hub() {
        assertThat(faults("[".repeat(100_000))).extracting(RouteFault::rule).contains("syntax");
    }
}
