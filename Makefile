# libwsproto - GNU make. `make help` lists what can be made. Everything made is under $(BUILD).
#
# A configuration is a build directory: make BUILD=build/asan CC=clang SAN=address,undefined test

BUILD   ?= build
PREFIX  ?= /usr/local
DESTDIR ?=
AR      ?= ar
# -O3: the kernels that touch every payload byte (mask, UTF-8, payload) are plain loops that gcc 12
# vectorises fully only there; the rest of the library is small. `make size` shows -Os.
CFLAGS  ?= -O3 -g
# seconds a fuzz target, a test binary
T       ?= 60
TIMEOUT ?= 300

first_of = $(firstword $(foreach c,$(1),$(shell command -v $(c) 2>/dev/null)) $(lastword $(1)))
CLANG_FORMAT ?= $(call first_of,clang-format-14 clang-format)
CLANG_TIDY   ?= $(call first_of,clang-tidy-14 clang-tidy)
FUZZ_CC      ?= $(call first_of,clang-14 clang)

# V=1 shows whole commands.
ifeq (,$(V))
Q := @
say = @echo "  $(1)"
endif

# --- flags ---------------------------------------------------------------------------------------

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wcast-qual \
    -Wcast-align -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wwrite-strings \
    -Wundef -Wformat=2 -Wvla -Wdouble-promotion -Wimplicit-fallthrough -Wpointer-arith \
    -Wredundant-decls -Wnested-externs -Wunused-macros -Walloca
ifeq (,$(findstring clang,$(shell $(CC) --version 2>/dev/null)))
WARNINGS += -Wlogical-op -Wduplicated-cond -Wtrampolines
endif
ifneq (,$(filter-out 0 false,$(WERROR) $(CI)))
WARNINGS += -Werror
endif

# What holds whatever the user's CFLAGS are. The library's own assertions (WSP_CHECKED) are on under
# the sanitizers and in the fuzz targets; the default tests run what is shipped.
WSP_CPPFLAGS = -Iinclude -Ilib $(CPPFLAGS)
WSP_CFLAGS   = -std=c11 $(WARNINGS) $(CFLAGS)
WSP_LDFLAGS  = $(LDFLAGS)
ifneq (,$(SAN))
WSP_CPPFLAGS += -DWSP_CHECKED
WSP_CFLAGS  += -fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer
WSP_LDFLAGS += -fsanitize=$(SAN)
endif
ifneq (,$(COVERAGE))
WSP_CFLAGS   += --coverage
WSP_LDFLAGS  += --coverage
endif

TEST_CPPFLAGS    = -Itests $(shell pkg-config --cflags cmocka 2>/dev/null)
TEST_LIBS        = $(shell pkg-config --libs cmocka 2>/dev/null || echo -lcmocka) $(ZLIB) -pthread
# What the codecs of lib/flate are compared with, in tests, fuzz targets and benchmarks only.
ZLIB             = $(shell pkg-config --libs zlib 2>/dev/null || echo -lz)
EXAMPLE_CPPFLAGS = -I$(BUILD)/gen

# --- files ---------------------------------------------------------------------------------------

LIB_SRC := $(sort $(wildcard lib/base/*.c lib/codec/*.c lib/flate/*.c lib/conn/*.c lib/*.c))
# NO_DEFLATE=1 builds without compression (RFC 7692): smaller, and every offer of it is declined.
ifneq (,$(NO_DEFLATE))
LIB_SRC := $(filter-out lib/flate/%,$(LIB_SRC))
override CPPFLAGS += -DWSP_NO_DEFLATE
endif
# NO_SIMD=1 builds without kernels for particular processors: smaller, and portable C alone.
ifneq (,$(NO_SIMD))
override CPPFLAGS += -DWSP_NO_SIMD
endif
LIB_OBJ := $(LIB_SRC:%.c=$(BUILD)/obj/%.o)
LIB     := $(BUILD)/libwsproto.a

# What the example programs share; not programs themselves.
EXAMPLE_SHARED := net
EXAMPLE_NAMES  := $(filter-out $(EXAMPLE_SHARED),$(sort $(patsubst examples/%.c,%,$(wildcard examples/*.c))))
EXAMPLES       := $(EXAMPLE_NAMES:%=$(BUILD)/examples/%)
EXAMPLE_OBJ    := $(EXAMPLE_SHARED:%=$(BUILD)/obj/examples/%.o)

TEST_NAMES  := $(sort $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_*.c)))
SUPPORT_OBJ := $(patsubst %.c,$(BUILD)/obj/%.o,$(sort $(wildcard tests/support/*.c)))

FUZZ_NAMES   := $(sort $(patsubst fuzz/fuzz_%.c,%,$(wildcard fuzz/fuzz_*.c)))
FUZZ_SUPPORT := $(sort $(wildcard fuzz/support*.c))

# What tests compression has nothing to test without it.
ifneq (,$(NO_DEFLATE))
TEST_NAMES   := $(filter-out test_deflate% test_inflate% test_huffman test_handshake_deflate,$(TEST_NAMES))
SUPPORT_OBJ  := $(filter-out %/inflate_run.o,$(SUPPORT_OBJ))
FUZZ_NAMES   := $(filter-out inflate_diff deflate_diff,$(FUZZ_NAMES))
endif

TESTS   := $(TEST_NAMES:%=$(BUILD)/tests/%)
ALL_C_H = $(shell find include lib examples tests fuzz -name '*.[ch]' 2>/dev/null | sort)

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

# --- build ---------------------------------------------------------------------------------------

.PHONY: all archive examples run help
all: archive examples ## the archive and the example programs (the default)
archive: $(LIB) ## build/libwsproto.a alone
examples: $(EXAMPLES) ## build/examples/*

run: $(BUILD)/examples/chat_server ## build and start the chat server; it prints its page's URL
	$(BUILD)/examples/chat_server --port 8181

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' Makefile
	@echo "Variables: BUILD CC CFLAGS CPPFLAGS LDFLAGS AR PREFIX DESTDIR SAN=address,undefined WERROR=1 V=1 T=60"

# Objects depend on a file that changes when the flags do, so that no build mixes two configurations.
FLAGS_NOW = $(CC) $(AR) $(WSP_CPPFLAGS) $(WSP_CFLAGS) $(WSP_LDFLAGS)
FLAGS := $(BUILD)/obj/flags
.PHONY: always
$(FLAGS): always
	@mkdir -p $(@D)
	@echo '$(FLAGS_NOW)' | cmp -s - $@ || echo '$(FLAGS_NOW)' > $@

$(BUILD)/obj/%.o: %.c $(FLAGS)
	@mkdir -p $(@D)
	$(call say,CC    $<)
	$(Q)$(CC) $(WSP_CPPFLAGS) $(EXTRA_CPPFLAGS) $(WSP_CFLAGS) -MMD -MP -c -o $@ $<

# Made anew each time: an archive keeps members whose source is gone.
$(LIB): $(LIB_OBJ) $(if $(LIB_SRC),,no-library-sources)
	$(call say,AR    $@)
	@rm -f $@
	$(Q)$(AR) rcs $@ $(LIB_OBJ)

.PHONY: no-library-sources
no-library-sources:
	@echo "no sources under lib/" >&2; exit 1

$(BUILD)/obj/examples/%.o: EXTRA_CPPFLAGS = $(EXAMPLE_CPPFLAGS)
$(BUILD)/obj/tests/%.o: EXTRA_CPPFLAGS = $(TEST_CPPFLAGS)
$(BUILD)/obj/fuzz/%.o: EXTRA_CPPFLAGS = -Ifuzz -Itests

# wss:// needs a TLS library; without one wscat is built all the same.
HAVE_OPENSSL = $(shell echo 'int main(void){return !SSL_CTX_new(TLS_client_method());}' | \
    $(CC) $(CPPFLAGS) -include openssl/ssl.h $(LDFLAGS) -x c - -o /dev/null -lssl -lcrypto 2>/dev/null && echo yes)
$(BUILD)/obj/examples/wscat.o: EXTRA_CPPFLAGS = $(EXAMPLE_CPPFLAGS) $(if $(HAVE_OPENSSL),-DHAVE_OPENSSL)
$(BUILD)/examples/wscat: EXAMPLE_LIBS = $(if $(HAVE_OPENSSL),-lssl -lcrypto)

$(EXAMPLES): $(BUILD)/examples/%: $(BUILD)/obj/examples/%.o $(EXAMPLE_OBJ) $(LIB)
	@mkdir -p $(@D)
	$(call say,LINK  $@)
	$(Q)$(CC) $(WSP_CFLAGS) $(WSP_LDFLAGS) -o $@ $^ $(EXAMPLE_LIBS)

# The page as an array of numbers: ISO C allows string literals of 4095 characters only.
$(BUILD)/obj/examples/chat_server.o: $(BUILD)/gen/chat_html.h
$(BUILD)/gen/chat_html.h: examples/chat.html
	@mkdir -p $(@D)
	$(Q){ echo '/* made from $< */'; echo 'static const char chat_html[] = {'; \
	  od -An -v -td1 $< | awk '{ for (i = 1; i <= NF; i++) printf "%s,", $$i; print "" }'; \
	  echo '0};'; } > $@

# --- tests ---------------------------------------------------------------------------------------

.PHONY: deps test check
deps: ## install cmocka and zlib with the system's package manager, if they are missing
	@CC='$(CC)' sh tests/check/install_deps.sh

# In `make -j deps check` nothing that includes their headers is compiled before they are there.
ifneq (,$(filter deps,$(MAKECMDGOALS)))
$(TEST_NAMES:%=$(BUILD)/obj/tests/unit/%.o) $(SUPPORT_OBJ): | deps
endif

$(TESTS): $(BUILD)/tests/%: $(BUILD)/obj/tests/unit/%.o $(SUPPORT_OBJ) $(LIB)
	@mkdir -p $(@D)
	$(call say,LINK  $@)
	$(Q)$(CC) $(WSP_CFLAGS) $(WSP_LDFLAGS) -o $@ $^ $(TEST_LIBS)

test: $(TESTS) ## build and run the unit tests
	@TIMEOUT=$(TIMEOUT) sh tests/check/run_tests.sh $(TESTS)

check: test fuzz-replay check-deps check-symbols check-sizes check-headers check-format ## tests, fuzz corpora and all gates
	@echo "check: all passed"

.PHONY: valgrind coverage interop check-foreign
VALGRIND = valgrind -q --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=all \
    --track-origins=yes
valgrind: $(TESTS) ## the unit tests under valgrind (they see WSP_TEST_SUBSET=1)
	@TIMEOUT=900 WSP_TEST_SUBSET=1 WRAPPER='$(VALGRIND)' sh tests/check/run_tests.sh $(TESTS)

check-foreign: ## the unit tests on 64-bit and 32-bit ARM and a big-endian machine (emulated); ARCH=arm64 for one
	@MAKE='$(MAKE)' BUILD='$(BUILD)' TIMEOUT=900 sh tests/check/foreign.sh $(ARCH)

COVERAGE_LINE   ?= 97
COVERAGE_BRANCH ?= 92
coverage: ## line and branch coverage of lib/ by the unit tests, with limits
	@find $(BUILD)/coverage -name '*.gcda' -exec rm -f {} + 2>/dev/null || true
	$(MAKE) BUILD=$(BUILD)/coverage COVERAGE=1 CC=gcc CFLAGS='-O0 -g' test
	gcovr -r . --object-directory $(BUILD)/coverage/obj --filter 'lib/' --branches \
	    --html-details $(BUILD)/coverage/index.html $(BUILD)/coverage/obj/lib
	gcovr -r . --object-directory $(BUILD)/coverage/obj --filter 'lib/' --print-summary \
	    --fail-under-line $(COVERAGE_LINE) --fail-under-branch $(COVERAGE_BRANCH) $(BUILD)/coverage/obj/lib

# What the interop scripts command from the other side: see its head.
PROBE := $(BUILD)/interop/probe
$(BUILD)/obj/tests/interop/probe.o: EXTRA_CPPFLAGS = -Iexamples
$(PROBE): $(BUILD)/obj/tests/interop/probe.o $(EXAMPLE_OBJ) $(LIB)
	@mkdir -p $(@D)
	$(call say,LINK  $@)
	$(Q)$(CC) $(WSP_CFLAGS) $(WSP_LDFLAGS) -o $@ $^

interop: all $(PROBE) ## exchange messages with real peers (browser, Node, Python, nginx)
	BUILD='$(BUILD)' bash tests/interop/run.sh

# --- benchmarks ----------------------------------------------------------------------------------

# `make bench` runs all of them, in about six minutes; ROW=flate, loop, growth, size or a piece of the
# name of a row ("send: client") is a part of it, ROUNDS=1 is a quick look.
.PHONY: bench bench-chart bench-readme bench-smoke
bench: ## all benchmarks, into build/bench.json, .md and .svg; ROW=, SIZE=, ROUNDS= for a part
	@MAKE='$(MAKE)' BUILD='$(BUILD)' ROUNDS='$(ROUNDS)' \
	    sh tests/bench/all.sh '$(ROW)'

ifneq (,$(filter deps-bench,$(MAKECMDGOALS)))
bench: | deps-bench deps-bench-loop
endif

bench-chart: ## tests/bench/bench.svg, which README shows, from the last `make bench`
	@sh tests/bench/chart.sh $(BUILD)/bench.json tests/bench/bench.svg

bench-readme: bench-chart ## README's numbers, too
	@python3 -B tests/bench/readme.py $(BUILD)/bench.json README.md

# What a clean checkout can see of them in a few seconds: that they run, and that what they tell is read.
bench-smoke: $(BUILD)/bench/bench $(BUILD)/bench/bench_growth ## that the benchmarks work, without measuring
	@BUILD='$(BUILD)' sh tests/bench/smoke.sh

.PHONY: deps-bench bench-rows bench-flate bench-flate-nothing
deps-bench: ## install what the benchmarks compare with, by the package manager and npm
	@BUILD='$(BUILD)' sh tests/bench/install_deps.sh

# $(call peer,macro,header,call,pkg-config name,library): the flags of a peer that compiles and links
peer_cflags = $(shell pkg-config --cflags $(1) 2>/dev/null)
peer_libs   = $(shell pkg-config --libs $(1) 2>/dev/null || echo $(2))
peer = $(shell echo 'int main(void){return $(3) == 0;}' | $(CC) $(CPPFLAGS) $(call peer_cflags,$(4)) -include $(2) \
    $(WSP_LDFLAGS) -x c - -o /dev/null -x none $(call peer_libs,$(4),$(5)) 2>/dev/null && \
    echo -D$(1) $(call peer_cflags,$(4)) $(call peer_libs,$(4),$(5)))
peers_flate = $(call peer,HAVE_ZLIB,zlib.h,zlibVersion(),zlib,-lz) \
    $(call peer,HAVE_ZLIB_NG,zlib-ng.h,zlibng_version(),zlib-ng,-lz-ng) \
    $(call peer,HAVE_LIBDEFLATE,libdeflate.h,libdeflate_alloc_compressor(1),libdeflate,-ldeflate)
peers_ws = $(call peer,HAVE_WSLAY,wslay/wslay.h,wslay_event_want_read(0),libwslay,-lwslay) \
    $(call peer,HAVE_PICO,openssl/sha.h,({extern int phr_parse_request();SHA1_Init(0)+phr_parse_request();}),,-lh2o-evloop -lcrypto) \
    $(peers_cxx)

# Peers that are C++. UWS=DIR: the src/ of a newer uWebSockets than npm has.
UWS     ?= $(BUILD)/deps/uws/src
IS_UTF8 := $(BUILD)/deps/utf-8-validate/deps/is_utf8
cxx_has   = $(shell echo | $(CXX) -std=c++20 -E -include $(2) $(3) -x c++ - >/dev/null 2>&1 && echo -D$(1) $(3))
peers_cxx = $(call cxx_has,HAVE_UWS,WebSocketProtocol.h,-I$(UWS) $(if $(findstring deps,$(UWS)),,-DUWS_CURRENT)) \
    $(call cxx_has,HAVE_BEAST,boost/beast/websocket/stream.hpp) \
    $(call cxx_has,HAVE_IS_UTF8,is_utf8.cpp,-I$(IS_UTF8)/src -I$(IS_UTF8)/include)

# Each kind's peers are kept in a file that changes when one is installed or removed.
PEERS := $(BUILD)/obj/tests/bench/peers_
$(PEERS)flate $(PEERS)ws: $(PEERS)%: always
	@mkdir -p $(@D)
	@echo '$(peers_$*)' > $@.now; cmp -s $@.now $@ && rm $@.now || mv $@.now $@
ifneq (,$(filter deps-bench,$(MAKECMDGOALS)))
$(PEERS)flate $(PEERS)ws: | deps-bench
endif
peers_are  = $(shell cat $(PEERS)$(1))
peers_cpp  = $(filter -D% -I%,$(call peers_are,$(1)))
peers_link = $(filter-out -D% -I%,$(call peers_are,$(1)))
# of the C++ sources, those whose peer is there
peers_need = $(strip $(foreach p,uws:HAVE_UWS beast:HAVE_BEAST simd:HAVE_IS_UTF8,$(if $(filter \
    -D$(lastword $(subst :, ,$(p))),$(call peers_are,ws)),$(BUILD)/obj/tests/bench/ws_$(firstword $(subst :, ,$(p))).o)))

bench_obj   = $(sort $(patsubst %,$(BUILD)/obj/%.o,$(basename $(wildcard $(1:%=tests/bench/%)))))
BENCH_ANY   := $(call bench_obj,corpus*.c json.c machine.c)
BENCH_FLATE := $(call bench_obj,bench_flate.c flate_*.c memory.c peer_*.c)
BENCH_WS    := $(call bench_obj,bench.c contest_*.c idle.c inflow.c keys.c measure.c report*.c rows.c traffic.c ws_*.c)
BENCH_CXX   := $(call bench_obj,*.cc)
BENCH_GROWTH := $(call bench_obj,bench_growth.c growth_*.c)

$(BENCH_ANY) $(BENCH_GROWTH): EXTRA_CPPFLAGS = -Itests
$(BENCH_FLATE): EXTRA_CPPFLAGS = -Itests $(call peers_cpp,flate)
$(BENCH_WS): EXTRA_CPPFLAGS = -Itests $(call peers_cpp,ws)
$(BENCH_FLATE): $(PEERS)flate
$(BENCH_WS) $(BENCH_CXX): $(PEERS)ws
$(BUILD)/obj/tests/bench/machine.o: EXTRA_CPPFLAGS = -Itests -DBENCH_FLAGS='"$(strip $(CPPFLAGS) $(CFLAGS) $(SAN:%=-fsanitize=%))"'
# Other people's headers: their warnings are theirs.
$(BENCH_CXX): $(BUILD)/obj/%.o: %.cc
	@mkdir -p $(@D)
	$(call say,CXX   $<)
	$(Q)$(CXX) -std=c++20 -O3 -w -Iinclude -Itests $(call peers_cpp,ws) $(CPPFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/bench/bench_flate: $(BENCH_FLATE) $(BENCH_ANY) $(LIB)
	@mkdir -p $(@D)
	$(call say,LINK  $@)
	$(Q)$(CC) $(WSP_CFLAGS) $(WSP_LDFLAGS) -o $@ $^ $(call peers_link,flate)

# Which C++ objects there are to link is known when their peers have been looked for.
$(BUILD)/bench/bench: $(BENCH_WS) $(BENCH_ANY) $(LIB) $(PEERS)ws
	@mkdir -p $(@D)
	@need='$(call peers_need)'; [ -z "$$need" ] || $(MAKE) --no-print-directory $$need
	$(call say,LINK  $@)
	$(Q)$(if $(call peers_need),$(CXX) $(WSP_LDFLAGS),$(CC) $(WSP_CFLAGS) $(WSP_LDFLAGS)) -o $@ \
	    $(BENCH_WS) $(BENCH_ANY) $(call peers_need) $(LIB) $(call peers_link,ws)

$(BUILD)/bench/bench_growth: $(BENCH_GROWTH) $(BENCH_ANY) $(LIB)
	@mkdir -p $(@D)
	$(call say,LINK  $@)
	$(Q)$(CC) $(WSP_CFLAGS) $(WSP_LDFLAGS) -o $@ $^

# ROW=broadcast ROUNDS=1 measure less.
.PHONY: bench-growth
bench-growth: $(BUILD)/bench/bench_growth ## how cost grows with connections, lengths, fragments and receivers; fails when it is not linear
	@$< --json $(BUILD)/bench-growth.json --rounds '$(ROUNDS)' --row '$(ROW)'

# ROW=receive SIZE=125 ROUNDS=3 measure less. The tables go to the output, too.
bench-rows: $(BUILD)/bench/bench ## receive, send, handshake, kernels, idle memory; ROW=, SIZE=, ROUNDS=
	@$< --json $(BUILD)/bench-rows.json --row '$(ROW)' --size '$(SIZE)' --rounds '$(ROUNDS)'

.PHONY: bench-size
bench-size: ## bytes of code at -O3 and -Os, and for a Cortex-M4, beside the peers' libraries
	@MAKE='$(MAKE)' CC='$(CC)' sh tests/bench/code_size.sh $(BUILD)/size $(BUILD)/bench-size.json

bench-flate-nothing:
	@echo "bench-flate: a build with NO_DEFLATE has nothing to measure" >&2; exit 1

# ROUNDS=3 KIND=json LEVELS=16 MEGABYTES=1 measure less. The table goes to the output.
bench-flate: $(if $(NO_DEFLATE),bench-flate-nothing,$(BUILD)/bench/bench_flate) ## lib/flate beside its peers, and a connection's memory
	@$< --json $(BUILD)/bench-flate.json --rounds '$(ROUNDS)' --kind '$(KIND)' \
	    --levels '$(LEVELS)' --megabytes '$(MEGABYTES)'

# Instructions, not time: the same on a busy machine. The flags are those that are shipped, whatever the
# caller builds with, but -g: it changes no instruction, and valgrind cannot read clang's.
.PHONY: bench-check bench-budget budget-program
BUDGET_PROGRAM = $(BUILD)/budget/bench/budget
budget-program: $(BUILD)/bench/budget
$(BUILD)/bench/budget: $(patsubst %.c,$(BUILD)/obj/%.o,$(sort $(wildcard tests/bench/budget/*.c tests/bench/corpus*.c))) $(LIB)
	@mkdir -p $(@D)
	$(call say,LINK  $@)
	$(Q)$(CC) $(WSP_CFLAGS) $(WSP_LDFLAGS) -o $@ $^

$(BUDGET_PROGRAM): always
	@$(MAKE) -s BUILD=$(BUILD)/budget CFLAGS=-O3 CPPFLAGS= LDFLAGS= SAN= COVERAGE= NO_DEFLATE= budget-program

bench-check: $(BUDGET_PROGRAM) ## instructions of fixed conversations against tests/bench/budget.json
	@sh tests/bench/budget.sh check $<

bench-budget: $(BUDGET_PROGRAM) ## record them there, when they were meant to change
	@sh tests/bench/budget.sh record $<

# --- echo over loopback ---------------------------------------------------------------------------

# What of the peers is not installed is left out.
.PHONY: deps-bench-loop bench-loop
deps-bench: deps-bench-loop
deps-bench-loop:
	@BUILD='$(BUILD)' sh tests/bench/loop_deps.sh

bench_obj = $(patsubst %,$(BUILD)/obj/tests/bench/%.o,$(1))
LOOP_OBJ := $(call bench_obj,loop_main loop_server loop_script loop_load loop_report)
$(LOOP_OBJ): EXTRA_CPPFLAGS = -Itests
$(BUILD)/bench/bench_loop: $(LOOP_OBJ) $(call bench_obj,json machine corpus corpus_text corpus_binary) $(LIB)
	@mkdir -p $(@D)
	$(call say,LINK  $@)
	$(Q)$(CC) $(WSP_CFLAGS) $(WSP_LDFLAGS) -o $@ $^

# Its header is not free of warnings, and its server is made only where it is installed.
LOOP_LWS = $(if $(call peer,HAVE_LWS,libwebsockets.h,lws_create_context(0),libwebsockets,-lwebsockets),$(BUILD)/bench/loop_lws)
$(BUILD)/bench/loop_lws: tests/bench/loop_lws.c $(FLAGS)
	@mkdir -p $(@D)
	$(call say,LINK  $@)
	$(Q)$(CC) -std=c11 $(CFLAGS) -o $@ $< $(call peer_libs,libwebsockets,-lwebsockets)

LOOP_WS = $(if $(wildcard $(BUILD)/deps/node_modules/ws),tests/bench/loop_ws.js)

# ROUNDS=9 measures longer; ROW=1024/100/16 (bytes/connections/window), ONLY=libwsproto: less.
bench-loop: $(BUILD)/bench/bench_loop $(BUILD)/examples/echo_server $(if $(filter bench-loop,$(MAKECMDGOALS)),$(LOOP_LWS)) ## echo over loopback beside libwebsockets and Node's ws: messages a second a core
	@$< --ours $(BUILD)/examples/echo_server --lws '$(LOOP_LWS)' --ws '$(LOOP_WS)' \
	    --modules $(BUILD)/deps --rounds '$(ROUNDS)' --row '$(ROW)' --only '$(ONLY)' \
	    --json $(BUILD)/bench-loop.json

# --- gates ---------------------------------------------------------------------------------------

.PHONY: check-deps check-symbols check-sizes check-headers check-format check-gates
check-deps: ## lib/'s #include lines against the module table
	@sh tests/check/deps.sh

check-symbols: $(LIB) ## the archive's symbols and sections
	@sh tests/check/symbols.sh $(LIB)

check-sizes: ## lengths of functions and files, nesting, parameters
	@sh tests/check/sizes.sh

check-headers: $(LIB) ## the header as C99, C11, C++11; the documented examples compile
	@CC='$(CC)' BUILD='$(BUILD)' LDFLAGS='$(WSP_LDFLAGS)' sh tests/check/headers.sh $(LIB)

check-format: ## clang-format agrees with every .c and .h
	@CLANG_FORMAT='$(CLANG_FORMAT)' sh tests/check/format.sh

check-gates: ## plant a violation for each gate and see it fail
	@CC='$(CC)' CLANG_FORMAT='$(CLANG_FORMAT)' sh tests/check/selftest.sh

# --- fuzzing -------------------------------------------------------------------------------------

FUZZ_FLAGS = -std=c11 -g -O1 -fno-sanitize-recover=all -fno-omit-frame-pointer \
    -DWSP_CHECKED -Iinclude -Ilib -Ifuzz -Itests $(CPPFLAGS)
FUZZ_OBJ   = $(LIB_SRC:%.c=$(BUILD)/fuzz/obj/%.o) $(FUZZ_SUPPORT:%.c=$(BUILD)/fuzz/obj/%.o)
REPLAY_OBJ = $(BUILD)/obj/fuzz/standalone.o $(FUZZ_SUPPORT:%.c=$(BUILD)/obj/%.o)

.PHONY: fuzz fuzz-run fuzz-replay fuzz-some
fuzz-some:
	@test -n '$(FUZZ_NAMES)' || { echo "no targets fuzz/fuzz_*.c" >&2; exit 1; }

fuzz: fuzz-some $(FUZZ_NAMES:%=$(BUILD)/fuzz/%) ## build the fuzz targets with clang, libFuzzer, ASan and UBSan

$(BUILD)/fuzz/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,FUZZ  $<)
	$(Q)$(FUZZ_CC) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link,address,undefined -MMD -MP -c -o $@ $<

$(FUZZ_NAMES:%=$(BUILD)/fuzz/%): $(BUILD)/fuzz/%: $(BUILD)/fuzz/obj/fuzz/fuzz_%.o $(FUZZ_OBJ)
	$(call say,LINK  $@)
	$(Q)$(FUZZ_CC) -fsanitize=fuzzer,address,undefined -o $@ $^ $(ZLIB)

# -j runs targets side by side. New finds and crashing inputs stay under $(BUILD).
fuzz-run: fuzz-some $(FUZZ_NAMES:%=fuzz-run/%) ## run each fuzz target T seconds; prints executions per second

.PHONY: $(FUZZ_NAMES:%=fuzz-run/%) $(FUZZ_NAMES:%=fuzz-replay/%)
$(FUZZ_NAMES:%=fuzz-run/%): fuzz-run/%: $(BUILD)/fuzz/%
	@mkdir -p $(BUILD)/fuzz/corpus/$*
	@$(BUILD)/fuzz/$* -max_total_time=$(T) -print_final_stats=1 -timeout=25 -rss_limit_mb=2048 \
	    -artifact_prefix=$(BUILD)/fuzz/$*- $(patsubst %,-dict=%,$(wildcard fuzz/dict/$*.dict)) \
	    $(BUILD)/fuzz/corpus/$* $(wildcard fuzz/corpus/$*) > $(BUILD)/fuzz/$*.log 2>&1 \
	    || { tail -n 60 $(BUILD)/fuzz/$*.log; echo "fuzz $*: FAILED, log $(BUILD)/fuzz/$*.log" >&2; exit 1; }
	@awk -v name=$* '/^stat::number_of_executed_units/ { n = $$2 } /^stat::average_exec_per_sec/ { s = $$2 } \
	    END { printf "fuzz %-16s %9d executions/s %12d executions\n", name, s, n; exit n == 0 }' $(BUILD)/fuzz/$*.log

fuzz-replay: fuzz-some $(FUZZ_NAMES:%=fuzz-replay/%) ## replay the fuzz corpora with the current compiler

$(FUZZ_NAMES:%=$(BUILD)/replay/%): $(BUILD)/replay/%: $(BUILD)/obj/fuzz/fuzz_%.o $(REPLAY_OBJ) $(LIB)
	@mkdir -p $(@D)
	$(call say,LINK  $@)
	$(Q)$(CC) $(WSP_CFLAGS) $(WSP_LDFLAGS) -o $@ $^ $(ZLIB)

$(FUZZ_NAMES:%=fuzz-replay/%): fuzz-replay/%: $(BUILD)/replay/%
	@test -n "$$(find fuzz/corpus/$* -type f 2>/dev/null | head -n 1)" \
	    || { echo "fuzz/corpus/$* is empty" >&2; exit 1; }
	@find fuzz/corpus/$* -type f -print0 | xargs -0 $(BUILD)/replay/$* > $(BUILD)/replay/$*.log 2>&1 \
	    || { tail -n 40 $(BUILD)/replay/$*.log; echo "replay $*: FAILED" >&2; exit 1; }
	@echo "replay $*: $$(find fuzz/corpus/$* -type f | wc -l) inputs"

# --- static analysis, style, size ----------------------------------------------------------------

.PHONY: analyze analyze-cppcheck analyze-tidy analyze-gcc format size
analyze: analyze-cppcheck analyze-gcc analyze-tidy ## cppcheck, gcc -fanalyzer and clang-tidy over lib/

# Suppressed: the platform's headers are not given; public functions are unused inside the library;
# asserts and kernel selection make conditions that are always true in one configuration.
analyze-cppcheck:
	cppcheck --std=c11 --enable=warning,style,performance,portability --inline-suppr -q \
	    --error-exitcode=1 --suppress=missingIncludeSystem --suppress=unusedStructMember \
	    --suppress=knownConditionTrueFalse --suppress=unmatchedSuppression \
	    -D__GNUC__=12 -D__x86_64__=1 -D__BYTE_ORDER__=1234 -D__ORDER_LITTLE_ENDIAN__=1234 \
	    -D__ORDER_BIG_ENDIAN__=4321 -Iinclude -Ilib lib

analyze-gcc:
	@mkdir -p $(BUILD)
	set -e; for f in $(LIB_SRC); do \
	    gcc -std=c11 -O2 -fanalyzer -Werror $(WSP_CPPFLAGS) -c -o $(BUILD)/analyze.o $$f; done

# Off: findings about style decisions of this project (parameter order, memcpy, short names, else after
# return) and checks for C++.
TIDY_CHECKS := -*,clang-analyzer-*,bugprone-*,cert-*,misc-*,portability-*,performance-*
TIDY_CHECKS := $(TIDY_CHECKS),-bugprone-easily-swappable-parameters,-bugprone-reserved-identifier
TIDY_CHECKS := $(TIDY_CHECKS),-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling
TIDY_CHECKS := $(TIDY_CHECKS),-cert-dcl37-c,-cert-dcl51-cpp,-misc-no-recursion,-bugprone-macro-parentheses
analyze-tidy:
	$(CLANG_TIDY) -quiet -warnings-as-errors='*' -checks='$(TIDY_CHECKS)' $(LIB_SRC) -- -std=c11 $(WSP_CPPFLAGS)

format: ## rewrite every .c and .h as .clang-format says
	$(CLANG_FORMAT) -i $(ALL_C_H)

size: ## .text of the library at -Os, here and for a Cortex-M4 if its compiler is installed
	@$(MAKE) -s BUILD=$(BUILD)/size/host CFLAGS=-Os archive
	@echo "$(CC) -Os:"; size -t $(BUILD)/size/host/libwsproto.a
	@if command -v arm-none-eabi-gcc >/dev/null; then \
	    $(MAKE) -s BUILD=$(BUILD)/size/arm CC=arm-none-eabi-gcc AR=arm-none-eabi-ar \
	        CFLAGS='-Os -mcpu=cortex-m4 -mthumb' archive && \
	    echo "arm-none-eabi-gcc -Os -mcpu=cortex-m4 -mthumb:" && \
	    arm-none-eabi-size -t $(BUILD)/size/arm/libwsproto.a; \
	else echo "arm-none-eabi-gcc is not installed"; fi

# --- installation --------------------------------------------------------------------------------

.PHONY: install uninstall clean
VERSION = $(or $(shell sed -n 's/^\#[ ]*define WSP_VERSION[A-Z_]* "\(.*\)".*/\1/p' include/wsproto.h | head -n 1),0.1.0)

$(BUILD)/wsproto.pc: Makefile include/wsproto.h always
	@mkdir -p $(@D)
	@printf '%s\n' 'prefix=$(PREFIX)' 'includedir=$${prefix}/include' 'libdir=$${prefix}/lib' '' \
	    'Name: wsproto' 'Description: The WebSocket protocol without I/O' 'Version: $(VERSION)' \
	    'Cflags: -I$${includedir}' 'Libs: -L$${libdir} -lwsproto' > $@

install: $(LIB) $(BUILD)/wsproto.pc ## archive, header and pkg-config file to DESTDIR and PREFIX
	install -d $(DESTDIR)$(PREFIX)/include $(DESTDIR)$(PREFIX)/lib/pkgconfig
	install -m 644 include/wsproto.h $(DESTDIR)$(PREFIX)/include/
	install -m 644 $(LIB) $(DESTDIR)$(PREFIX)/lib/
	install -m 644 $(BUILD)/wsproto.pc $(DESTDIR)$(PREFIX)/lib/pkgconfig/

uninstall: ## remove what install put there
	rm -f $(DESTDIR)$(PREFIX)/include/wsproto.h $(DESTDIR)$(PREFIX)/lib/libwsproto.a \
	    $(DESTDIR)$(PREFIX)/lib/pkgconfig/wsproto.pc

clean: ## remove everything made
	rm -rf $(BUILD)

-include $(shell find $(BUILD)/obj $(BUILD)/fuzz/obj -name '*.d' 2>/dev/null)
