package io.tsunagi.ops;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.management.modelmbean.InvalidTargetObjectTypeException;
import javax.management.modelmbean.ModelMBean;
import javax.management.modelmbean.ModelMBeanInfo;
import javax.management.modelmbean.ModelMBeanInfoSupport;
import org.apache.camel.CamelContext;
import org.apache.camel.api.management.ManagedInstance;
import org.apache.camel.api.management.ManagedResource;
import org.apache.camel.api.management.NotificationSenderAware;
import org.apache.camel.support.management.DefaultManagementMBeanAssembler;
import org.apache.camel.support.management.MixinRequiredModelMBean;
import org.apache.camel.support.management.NotificationSenderAdapter;

/**
 * Describes what Camel shows over JMX once for each class instead of once for each step of each route, of which there are
 * thousands: Java's {@link javax.management.modelmbean.RequiredModelMBean} copies its description otherwise, some ten
 * kilobytes each. What is seen over JMX, in Hawtio too, is the same.
 *
 * <p>May be called by several threads.
 */
public final class SharedMBeanInfo extends DefaultManagementMBeanAssembler {
    private final Map<Class<?>, ModelMBeanInfo> known = new ConcurrentHashMap<>();

    public SharedMBeanInfo(CamelContext camel) {
        super(camel);
    }

    @Override
    public ModelMBean assemble(MBeanServer server, Object managed, ObjectName name) throws JMException {
        // What a custom instance adds to it is not a matter of the class.
        if (managed instanceof ManagedInstance) {
            Object custom = ((ManagedInstance) managed).getInstance();
            if (custom != null && custom.getClass().isAnnotationPresent(ManagedResource.class)) {
                return super.assemble(server, managed, name);
            }
        }
        ModelMBeanInfo info = known.get(managed.getClass());
        if (info == null) {
            ModelMBean first = super.assemble(server, managed, name);
            if (first != null) {
                known.put(managed.getClass(), new Shared((ModelMBeanInfo) first.getMBeanInfo()));
            }
            return first;
        }
        boolean mask = Boolean.TRUE.equals(
                camelContext.getManagementStrategy().getManagementAgent().getMask());
        ModelMBean bean = new MixinRequiredModelMBean(info, mask, null, null);
        try {
            bean.setManagedResource(managed, "ObjectReference");
        } catch (InvalidTargetObjectTypeException e) {
            JMException failed = new JMException(name + " cannot be shown: " + e.getMessage());
            failed.initCause(e);
            throw failed;
        }
        if (managed instanceof NotificationSenderAware) {
            ((NotificationSenderAware) managed).setNotificationSender(new NotificationSenderAdapter(bean));
        }
        return bean;
    }

    /** A description that nobody changes, and which therefore is its own copy. */
    private static final class Shared extends ModelMBeanInfoSupport {
        private static final long serialVersionUID = 1;

        Shared(ModelMBeanInfo info) {
            super(info);
        }

        @Override
        public Object clone() {
            return this;
        }

        /** A client on another machine has Java's class only. */
        private Object writeReplace() {
            return new ModelMBeanInfoSupport(this);
        }
    }
}
