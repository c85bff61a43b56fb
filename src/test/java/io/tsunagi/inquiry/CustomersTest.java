package io.tsunagi.inquiry;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.store.Dialect;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Dialect.class)
class CustomersTest {
    @Parameter
    Dialect dialect;

    private Office office;

    @BeforeEach
    void open() {
        office = Office.open(dialect);
    }

    @AfterEach
    void close() {
        office.close();
    }

    private CustomerId customer(String user, String name) {
        return office.atTurn(user, () -> {
            Customer met = office.customers.meet("main", "user", user, "ja", null, null);
            if (name != null) {
                office.customers.profile(met.id(), name, null);
            }
            return met.id();
        });
    }

    @Test
    void names_of_many_are_given_at_once_and_those_unknown_are_left_out() {
        CustomerId misaki = customer("U1", "みさき");
        CustomerId kenichi = customer("U2", "健一");
        CustomerId nameless = customer("U3", null);

        assertThat(office.customers.names(List.of(misaki, nameless, kenichi, misaki)))
                .containsOnly(Map.entry(misaki, "みさき"), Map.entry(kenichi, "健一"));
        assertThat(office.customers.names(List.of())).isEmpty();
    }
}
