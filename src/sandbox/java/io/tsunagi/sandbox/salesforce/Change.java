package io.tsunagi.sandbox.salesforce;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** One committed change of a record, as change data capture tells it. */
record Change(
        Kind kind, Schema.SObject sObject, String id, ObjectNode values, List<String> changedFields, Origin origin) {

    enum Kind {
        CREATE,
        UPDATE,
        DELETE
    }
}
