// The settings of `evlog serve`: their table, the file, and docs/configuration.md.
#include "cli/serve_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "cli/serve_file.h"
#include "tests/support/status_matchers.h"

namespace evlog::cli {
namespace {

using ::testing::HasSubstr;

ServeConfig Read(std::string_view text) {
  ServeConfig config;
  EXPECT_OK(ApplyConfigText(text, "f", &config));
  return config;
}

TEST(ServeSettingsTest, NamesAreUniqueAndSectionsStandTogether) {
  std::set<std::string_view> names;
  std::set<std::string_view> sections;
  std::string_view last;
  for (const Setting& setting : ServeSettings()) {
    EXPECT_TRUE(names.insert(setting.name).second) << setting.name;
    if (setting.section == last) continue;
    EXPECT_TRUE(sections.insert(setting.section).second);
    last = setting.section;
  }
}

TEST(ServeSettingsTest, DefaultsAreAllowedAndComeBackAsWritten) {
  const ServeConfig defaults;
  for (const Setting& setting : ServeSettings()) {
    const std::optional<std::string> text = ValueText(setting, defaults);
    if (!text.has_value()) continue;
    ServeConfig config;
    EXPECT_OK(Assign(setting, "it", *text, &config)) << setting.name;
    EXPECT_EQ(ValueText(setting, config), text) << setting.name;
  }
}

TEST(ServeSettingsTest, TheFileSaysWhatTheServerGets) {
  ServeConfig config = Read(
      "[server]\nlisten = '[::1]:7000'\nrequirepass = \"se\\\"cret\"\nunprotected = true\n"
      "timeout = '1m'\noutput-hard = 1024\npubsub-output-soft = '4MiB'\nmaxclients = 7\n"
      "[streams]\ndurability = 'os'\nmax-entries = 10\nmax-age = '7d'\n"
      "[log]\ndir = '/x y'\ntail-cache-bytes = '2kB'\n[limits]\nfields = 100\n");
  ASSERT_OK(config.Finish());
  EXPECT_EQ(config.server.host, "::1");
  EXPECT_EQ(config.server.port, 7000);
  EXPECT_EQ(config.server.password, "se\"cret");
  EXPECT_TRUE(config.server.allow_unprotected);
  EXPECT_EQ(config.server.idle_timeout, absl::Minutes(1));
  EXPECT_EQ(config.server.output.hard_bytes, 1024u);
  EXPECT_EQ(config.server.pubsub_output.soft_bytes, size_t{4} << 20);
  EXPECT_EQ(config.server.clients_max, 7u);
  EXPECT_EQ(config.server.stream.durability, Durability::kOs);
  EXPECT_EQ(config.server.stream.retention.max_entries, 10u);
  EXPECT_EQ(config.server.stream.retention.max_age, absl::Hours(7 * 24));
  EXPECT_TRUE(config.server.stream.retention.exact);
  EXPECT_EQ(config.directory, "/x y");
  EXPECT_EQ(config.log.tail_cache_bytes, 2000u);
  EXPECT_EQ(config.log.limits.fields, 100u);
  EXPECT_EQ(config.server.limits.fields, 100u);
}

struct Fault {
  const char* text;
  const char* says;
};

TEST(ServeSettingsTest, FaultsNameTheirPlaceAndWhatIsAllowed) {
  static constexpr Fault kFaults[] = {
      {"[server]\nio-thread = 2\n",
       "f:2:1: there is no setting \"server.io-thread\"; allowed in [server]: listen, requirepass"},
      {"[sever]\n", "there is no section \"sever\"; allowed: [server], [streams], [log], [limits]"},
      {"dir = 'x'\n", "f:1:1: there is no setting \"dir\"; allowed: [server]"},
      {"server = 1\n", "f:1:1: there is no setting \"server\""},
      {"[server]\n  io-threads = '2'\n",
       "f:2:16: server.io-threads is of the type string; allowed: a number, 1..256"},
      {"[server]\nio-threads = 0\n",
       "f:2:14: server.io-threads is \"0\"; allowed: a number, 1..256"},
      {"[server]\nio-threads = -1\n", "f:2:14: server.io-threads is \"-1\"; allowed"},
      {"[server]\nunprotected = 'yes'\n", "is of the type string; allowed: true or false"},
      {"[server]\ntimeout = 300\n",
       "server.timeout is of the type integer; allowed: whole seconds, 0..365d"},
      {"[server]\ntimeout = '1500ms'\n", "server.timeout is \"1500ms\"; allowed: whole seconds"},
      {"[server]\nlisten = 'here'\n", "server.listen is \"here\"; allowed: HOST:PORT"},
      {"[server]\nlisten = 'here:65536'\n", "allowed: HOST:PORT"},
      {"[streams]\ndurability = 'fast'\n",
       "f:2:14: streams.durability is \"fast\"; allowed: sync, os or async"},
      {"[log]\nmemtable-bytes = '1KiB'\n",
       "log.memtable-bytes is \"1KiB\"; allowed: a size, 64KiB..1TiB"},
      {"[log]\ndir = ['a']\n", "log.dir is of the type array; allowed: text"},
      {"[log\n", "f:1:5: "},
      {"[log]\ndir = 'a'\ndir = 'b'\n", "f:3:"},
  };
  for (const Fault& fault : kFaults) {
    ServeConfig config;
    const absl::Status status = ApplyConfigText(fault.text, "f", &config);
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument)) << fault.text;
    EXPECT_THAT(std::string(status.message()), HasSubstr(fault.says)) << fault.text;
  }
}

TEST(ServeSettingsTest, WhatOnlyMakesSenseTogetherIsJudgedTogether) {
  ServeConfig config = Read("[limits]\nentry-bytes = '1MiB'\nbatch-bytes = '64KiB'\n");
  EXPECT_THAT(config.Finish(), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(ServeSettingsTest, PrintedSettingsAreAFileThatSaysTheSame) {
  const ServeConfig config = Read(
      "[server]\nlisten = ':1'\n[streams]\nmax-bytes = '3MB'\napprox = true\n"
      "[log]\ndir = \"a\\\"\\\\\\n\"\nmaintenance-interval = '1s500ms'\n");
  const std::string text = ConfigText(config);
  EXPECT_EQ(ConfigText(Read(text)), text);
  EXPECT_THAT(text, HasSubstr("max-bytes = '3000000'\n"));
  EXPECT_THAT(text, HasSubstr("# max-age is not set\n"));
}

TEST(ServeSettingsTest, ThePasswordIsNotPrinted) {
  const std::string text = ConfigText(Read("[server]\nrequirepass = 'secret'\n"));
  EXPECT_THAT(text, testing::Not(HasSubstr("secret")));
  EXPECT_THAT(text, HasSubstr("# requirepass is set, and not shown\n"));
}

TEST(ServeSettingsTest, TheReferenceIsUpToDate) {
  const std::string path = EVLOG_TREE "/docs/configuration.md";
  std::ifstream in(path, std::ios::binary);
  const std::string there((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const std::string now = ConfigReference();
  if (there == now) return;
  const std::string fresh = testing::TempDir() + "configuration.md";
  std::ofstream(fresh, std::ios::binary) << now;
  FAIL() << "the table has changed: cp " << fresh << " " << path;
}

}  // namespace
}  // namespace evlog::cli
