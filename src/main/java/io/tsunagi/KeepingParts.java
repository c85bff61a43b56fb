package io.tsunagi;

import io.tsunagi.audit.Audit;
import io.tsunagi.audit.PurgeCertificates;
import io.tsunagi.audit.Reveals;
import io.tsunagi.config.Settings;
import io.tsunagi.inquiry.Drafts;
import io.tsunagi.inquiry.Erase;
import io.tsunagi.inquiry.InquiryVersions;
import io.tsunagi.inquiry.Messages;
import io.tsunagi.keeping.CustomerErasure;
import io.tsunagi.keeping.CustomerExport;
import io.tsunagi.keeping.Keeping;
import io.tsunagi.keeping.LegalHolds;
import io.tsunagi.keeping.WithheldExport;
import io.tsunagi.media.DayKeys;
import io.tsunagi.media.Media;
import io.tsunagi.node.SharedKeys;
import io.tsunagi.salesforce.SalesforceErasure;
import io.tsunagi.store.CrmWork;
import io.tsunagi.store.Signals;
import io.tsunagi.store.Store;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What a command needs to remove what is past its time, without a hub around it. Nothing listens to its signals; hubs that
 * run look by themselves.
 */
final class KeepingParts {
    final Keeping keeping;
    final LegalHolds holds;
    final PurgeCertificates certificates;
    final Erase erase;
    final Media media;
    final CustomerErasure erasure;
    final CustomerExport export;
    final WithheldExport withheld;

    KeepingParts(Store store, Settings settings, ConfigFiles files) {
        Signals signals = new Signals();
        Audit audit = new Audit(store, store.clock());
        InquiryVersions versions = new InquiryVersions(store, signals, store.clock());
        CrmWork crm = new CrmWork(store, signals, store.clock());
        Messages messages = new Messages(store, versions, crm, Duration.ZERO);
        Drafts drafts = new Drafts(store, store.clock());
        Path mediaKeys = Path.of(settings.needed("hub.media.key-dir"));
        DayKeys dayKeys = DayKeys.in(mediaKeys, store.sealing().master());
        // In another folder every key would seem destroyed, and every picture gone.
        SharedKeys.check(store, mediaKeys);
        media = new Media(store, signals, versions, dayKeys, store.clock(), settings);
        erase = new Erase(store, messages, drafts, media);
        holds = new LegalHolds(store, audit);
        certificates = new PurgeCertificates(store, Path.of(settings.needed("hub.store.key-dir")));
        keeping = new Keeping(
                store,
                files.keepingRules(),
                media,
                erase,
                holds,
                certificates,
                audit,
                settings.whole("hub.keeping.purge-batch", 1, 10_000));
        erasure = new CustomerErasure(store, erase, media, new SalesforceErasure(settings), certificates, audit);
        Reveals reveals = new Reveals(store, audit, settings.duration("hub.audit.reveal"));
        export = new CustomerExport(store, messages, media, reveals, audit);
        withheld = new WithheldExport(store, messages, media, reveals, audit);
    }
}
