# One word for each thing done here; `make help` lists them. Needs a JDK 17 or newer and Maven.
MVN ?= mvn -B -q
VERSION := $(shell sed -n 's|^  <version>\(.*\)</version>|\1|p' pom.xml | head -1)
JAR := target/tsunagi-$(VERSION)
# A second JDK for `make verify`; found when it is installed where Debian puts it.
JDK2 ?= $(firstword $(wildcard /usr/lib/jvm/*25* /usr/lib/jvm/*21*))
# The release before, by its tag or commit; src/test/resources/released is what it left in a database
OLD_RELEASE ?= 9b48a256cbe93623780a00208c04121fa17805ee
# Ports of the sandbox
PORT ?= 8080
MANAGEMENT_PORT ?= 8081
LINE_PORT ?= 8090
SALESFORCE_PORT ?= 8091
TRANSLATE_PORT ?= 8092
# The benchmark; docs/bench.md tells what each is
PARTS ?= start,memory,full,send,screen,drain,assign,ingest
RATES ?= 500,2000
FULL_RATE ?= 10
SEND_RATE ?= 20
SCREEN_RATE ?= 10
AWAY ?= 10000
WAITING ?= 10000
SEATS ?= 1000
PURGE_IMAGES ?= 1000000
PURGE_DUE ?= $(shell expr $(PURGE_IMAGES) / 30)
SECONDS ?= 9
WARM_UP ?= 15
ROUNDS ?= 3
DATABASES ?= h2,postgresql
PEERS ?=
JVM ?= @$(CURDIR)/config/jvm.options -XX:SharedArchiveFile=$(CURDIR)/target/classes.jsa
# The crash suite: SIGKILLs of the hub in all, customers' messages a second, a run's seed, which faults (empty: all), and
# how many times 60 s may pass until all is quiet again (1 on a machine with nothing else to do)
KILLS ?= 100
MESSAGES ?= 20
SEED ?=
FAULTS ?=
PATIENCE ?= 1
# How long `make fuzz` makes up things for each of its tests
FUZZ_EACH ?= 5m
# The folder that `make routes-check` looks at
ROUTES ?= routes
# Idle screens that `make feeds` holds; each needs an open file here and one in the hub
FEEDS ?= 10000

.DEFAULT_GOAL := help
.PHONY: help build release test verify old-release fuzz format run sandbox bench feeds chaos browser postgresql scenarios screens routes-check

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18

build: ## Make the jars and the KAR under target/
	@$(MVN) package -DskipTests

# Built in two places, so that neither time nor path gets into a file.
release: ## Build all that is handed out, twice, compare, and leave it with checksums in target/release
	@rm -rf target/release target/release-build
	@set -e; for n in 1 2; do \
	  mkdir -p target/release-build/$$n; cp -R pom.xml LICENSE config routes src target/release-build/$$n/; \
	  (cd target/release-build/$$n && $(MVN) package -DskipTests); \
	  mkdir target/release-build/$$n/out; \
	  for end in .jar -standalone.jar -sandbox.jar -features.xml .kar; do \
	    cp target/release-build/$$n/$(JAR)$$end target/release-build/$$n/out/; done; \
	  cp target/release-build/$$n/target/classes/META-INF/sbom/application.cdx.json \
	    target/release-build/$$n/out/tsunagi-$(VERSION).cdx.json; \
	  (cd target/release-build/$$n/out && sha256sum tsunagi-* >SHA256SUMS); done
	@diff target/release-build/1/out/SHA256SUMS target/release-build/2/out/SHA256SUMS || \
	  { echo "Two builds of the same sources differ in the files above; target/release-build has both." >&2; exit 1; }
	@mv target/release-build/1/out target/release; rm -rf target/release-build; ls -l target/release

test: browser ## Check the formatting, run all tests, start the packaged hub against the simulators, fuzz for some seconds
	@$(MVN) spotless:check verify
	@$(MVN) surefire:test@fuzz >target/fuzz.log 2>&1 || { tail -n 80 target/fuzz.log >&2; exit 1; }

verify: postgresql ## Two builds alike, every command of the documents, backup and restoring, what SpotBugs finds, Karaf, a full disk (as root), several nodes, the release before on this schema, Kaoto, the benchmark's checks, a second JDK, more crashes; after make test
	@$(MAKE) --no-print-directory release
	@$(MAKE) --no-print-directory old-release
	@$(MVN) compile spotbugs:check
	@$(MVN) verify -Pkaraf -Dtest=NoUnitTest -Dit.test=KarafIT,DiskFullIT,NodesIT,BenchIT,ReleaseIT,DocumentedCommandsIT,BackupIT,OldJarIT,KaotoIT
	@if [ -z "$(JDK2)" ]; then echo "No second JDK found; name one with JDK2=/path/to/jdk." >&2; exit 1; fi
	@$(MVN) verify -Dtest=NoUnitTest -Dit.test=StandaloneIT,JarCommandsIT \
	  -Dtsunagi.java.home=$(JDK2) -Dsurefire.reportNameSuffix=second-jdk
	@$(MAKE) --no-print-directory chaos KILLS=10 FAULTS=F02,F03,F06,F08,F14,F13,F50 PATIENCE=3

old-release: ## Build the jar of the release before out of the history, where there is one
	@if ! git cat-file -e $(OLD_RELEASE)^{commit} 2>/dev/null; then \
	  echo "The release before ($(OLD_RELEASE)) is not in this checkout's history: its jar is not tried on the new schema."; \
	elif [ "$$(cat target/old-release/of 2>/dev/null)" != $(OLD_RELEASE) ]; then \
	  echo "Building the release before …"; \
	  rm -rf target/old-release; mkdir -p target/old-release/source && \
	  git archive $(OLD_RELEASE) | tar -x -C target/old-release/source && \
	  (cd target/old-release/source && $(MVN) package -DskipTests) && \
	  mv target/old-release/source/target/tsunagi-*-standalone.jar target/old-release/standalone.jar && \
	  rm -rf target/old-release/source && echo $(OLD_RELEASE) >target/old-release/of; \
	fi

fuzz: ## Make up webhooks, signatures, texts, pictures and videos for FUZZ_EACH each; what breaks is kept as a seed of make test
	@$(MVN) test-compile surefire:test@fuzz -Dtests.fuzz-each=$(FUZZ_EACH)

routes-check: $(JAR)-standalone.jar ## Say whether a hub would take the route files of ROUTES, and which copies are old
	@exec java -Xmx512m -jar $< routes check --routes $(ROUTES)

scenarios: ## List the numbers of the scenarios that tests tell
	@grep -rhoE 'Scenarios? [0-9][0-9b, and]*' src/test/java | grep -oE '[0-9]+b?' | sort -Vu | tr '\n' ' '; echo

screens: browser ## Take the pictures of docs/screens anew
	@$(MVN) test -Dtest=Screens -Dtests.browser-forks=1

format: ## Format the Java sources
	@$(MVN) spotless:apply

run: $(JAR)-standalone.jar data/classes.jsa ## Run the hub with config/ and routes/ of this folder
	@exec java @config/jvm.options -jar $<

sandbox: $(JAR)-standalone.jar ## Run the hub with LINE and Salesforce simulators; KEEP=1 keeps its data, TRANSLATE=1 adds a translation simulator
	@exec java -Xmx512m -Dsandbox.hub.port=$(PORT) -Dsandbox.management.port=$(MANAGEMENT_PORT) \
	  -Dsandbox.line.port=$(LINE_PORT) -Dsandbox.salesforce.port=$(SALESFORCE_PORT) \
	  -Dsandbox.translate.port=$(TRANSLATE_PORT) \
	  -cp $(JAR)-standalone.jar:$(JAR)-sandbox.jar io.tsunagi.sandbox.Sandbox

bench: $(JAR)-standalone.jar target/bench.classpath target/classes.jsa ## Measure the hub beside a bare reference on H2 and PostgreSQL
	@exec java -Xmx1g -Dlog4j2.level=WARN -Dbench.jar=$< -Dbench.parts=$(PARTS) -Dbench.rates=$(RATES) \
	  -Dbench.full-rate=$(FULL_RATE) -Dbench.send-rate=$(SEND_RATE) -Dbench.screen-rate=$(SCREEN_RATE) -Dbench.away=$(AWAY) -Dbench.waiting=$(WAITING) -Dbench.seats=$(SEATS) \
	  -Dbench.pictures=$(PURGE_IMAGES) -Dbench.pictures-due=$(PURGE_DUE) \
	  -Dbench.seconds=$(SECONDS) -Dbench.warm-up=$(WARM_UP) -Dbench.rounds=$(ROUNDS) -Dbench.databases=$(DATABASES) "-Dbench.jvm=$(JVM)" \
	  "-Dbench.peers=$(PEERS)" \
	  -cp target/test-classes:target/classes:$$(cat target/bench.classpath) io.tsunagi.bench.Bench

feeds: $(JAR)-standalone.jar target/bench.classpath ## Hold 10,000 idle screens on the hub and see what they cost
	@ulimit -n $$(ulimit -Hn); exec java -Xmx768m -Dlog4j2.level=WARN -Dbench.jar=$< -Dbench.feeds=$(FEEDS) \
	  -cp target/test-classes:target/classes:$$(cat target/bench.classpath) io.tsunagi.bench.Feeds

chaos: $(JAR)-standalone.jar target/bench.classpath ## Kill, freeze and cut off hubs under load; see what is lost or doubled
	@exec java -Xmx1g -Dlog4j2.level=WARN -Dchaos.jar=$< -Dchaos.sandbox-jar=$(JAR)-sandbox.jar -Dchaos.kills=$(KILLS) \
	  -Dchaos.rate=$(MESSAGES) -Dchaos.faults=$(FAULTS) -Dchaos.patience=$(PATIENCE) $(if $(SEED),-Dchaos.seed=$(SEED)) \
	  -cp target/test-classes:target/classes:$$(cat target/bench.classpath) io.tsunagi.chaos.Chaos

# What the benchmark and the crash suite need beside the jar, compiled.
target/bench.classpath: $(JAR)-standalone.jar $(shell find src/bench -type f 2>/dev/null)
	@$(MVN) test-compile dependency:build-classpath -Dmdep.outputFile=$@ -Dmdep.includeScope=test
	@touch $@

# What a start needs of its classes, read and checked once (config/jvm.options). The jar is named by its whole path, as
# Java looks for it there again, from whatever folder a hub is started in.
data/classes.jsa target/classes.jsa: $(JAR)-standalone.jar
	@mkdir -p $(@D)
	@java -XX:+UseSerialGC -XX:ArchiveClassesAtExit=$@ -Xlog:disable -Xlog:all=error:stderr -jar $(abspath $<) rehearse

# Built again when a source is newer.
$(JAR)-standalone.jar: pom.xml $(shell find src/main src/sandbox config routes -type f 2>/dev/null)
	@echo "Building, the first time some minutes …"
	@$(MVN) package -DskipTests
	@touch $@

# The browser tests drive an installed Chromium and look at Japanese text.
browser:
	@if ! command -v chromium >/dev/null || ! fc-list :lang=ja 2>/dev/null | grep -q .; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing chromium and fonts-noto-cjk for the browser tests …"; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
	      chromium fonts-noto-cjk fontconfig >/dev/null; \
	  else \
	    echo "The browser tests need chromium and a Japanese font: apt install chromium fonts-noto-cjk" >&2; exit 1; \
	  fi; \
	fi

# The guide to backups is followed with PostgreSQL's own programs, server and pg_dump of one version. Its package starts no
# server of its own.
postgresql:
	@if ! ls /usr/lib/postgresql/*/bin/initdb /usr/lib/postgresql/*/bin/pg_dump >/dev/null 2>&1; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing postgresql to follow the guide to backups …"; \
	    [ -e /etc/postgresql-common/createcluster.conf ] || { mkdir -p /etc/postgresql-common && \
	      echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf; }; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
	      -o Dpkg::Options::=--force-confold postgresql >/dev/null; \
	  else \
	    echo "The guide to backups is tried with PostgreSQL's server and client programs: apt install postgresql" >&2; exit 1; \
	  fi; \
	fi
