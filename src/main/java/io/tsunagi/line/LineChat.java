package io.tsunagi.line;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tsunagi.inquiry.Customer;
import io.tsunagi.inquiry.Customers;
import io.tsunagi.inquiry.Inquiries;
import io.tsunagi.inquiry.Inquiry;
import io.tsunagi.inquiry.InquiryId;
import io.tsunagi.inquiry.Message;
import io.tsunagi.inquiry.Messages;
import java.util.List;
import java.util.UUID;
import org.apache.camel.Exchange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells customers small things beside the words: that somebody writes to them, and that they were read. Nothing depends on
 * it: what LINE refuses or does not answer is not repeated.
 */
public final class LineChat {
    private static final Logger LOG = LoggerFactory.getLogger(LineChat.class);

    private final ObjectMapper json = new ObjectMapper();
    private final Inquiries inquiries;
    private final Messages messages;
    private final Customers customers;
    private final LineAccounts accounts;

    public LineChat(Inquiries inquiries, Messages messages, Customers customers, LineAccounts accounts) {
        this.inquiries = inquiries;
        this.messages = messages;
        this.customers = customers;
        this.accounts = accounts;
    }

    /** A call to LINE: which account's, where, with which body. */
    public record Call(String account, String path, String body) {
        @Override
        public String toString() {
            return "Call " + path;
        }
    }

    /** Gives the call that shows the customer for 20 s that somebody writes; null where LINE has none for it. */
    public Call typing(UUID id) {
        Customer customer = customerOf(inquiries.get(new InquiryId(id)));
        if (!customer.kind().equals("user") || customer.blocked() || customer.standby()) {
            return null;
        }
        ObjectNode body = json.createObjectNode();
        body.put("chatId", customer.lineUserId()).put("loadingSeconds", 20);
        return new Call(customer.account(), "/v2/bot/chat/loading/start", body.toString());
    }

    /** Gives the call that marks as read what was read, by policy; null when LINE knows already, or shall not know. */
    public Call read(UUID id) {
        Inquiry inquiry = inquiries.get(new InquiryId(id));
        List<Message> all = messages.since(inquiry.id(), 0);
        int answered = all.stream()
                .filter(message -> message.sender() == Message.Sender.OPERATOR
                        && !message.content().isEmpty())
                .mapToInt(Message::seq)
                .max()
                .orElse(0);
        int upTo =
                switch (accounts.get(inquiry.account()).markAsRead()) {
                    case NEVER -> 0;
                    case ON_READ -> inquiry.readSeq();
                    case ON_ANSWER -> answered;
                };
        Message newest = all.stream()
                .filter(message -> message.seq() <= upTo && message.content().readToken() != null)
                .reduce((older, newer) -> newer)
                .orElse(null);
        if (newest == null || !inquiries.toldRead(inquiry.id(), newest.seq())) {
            return null;
        }
        ObjectNode body = json.createObjectNode();
        body.put("markAsReadToken", newest.content().readToken());
        return new Call(inquiry.account(), "/v2/bot/chat/markAsRead", body.toString());
    }

    private Customer customerOf(Inquiry inquiry) {
        return customers.find(inquiry.customer()).orElseThrow();
    }

    /** Writes down what LINE answered. */
    public void answered(Exchange exchange) {
        LOG.info(
                "LINE {}: {} request {}",
                exchange.getProperty("call", Call.class),
                exchange.getMessage().getHeader(Exchange.HTTP_RESPONSE_CODE),
                exchange.getMessage().getHeader("x-line-request-id"));
    }
}
