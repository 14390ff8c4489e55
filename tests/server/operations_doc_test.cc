// docs/operations.md lists the metrics that there are, with what their help says, and
// docs/alerts.yml names no others. With EVLOG_WRITE_DOCS set, the test writes the table into the
// file.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "tests/server/server_fixture.h"

namespace evlog::server {
namespace {

using Sample = MetricsRegistry::Sample;

constexpr char kPage[] = EVLOG_TREE "/docs/operations.md";
constexpr char kAlerts[] = EVLOG_TREE "/docs/alerts.yml";
constexpr char kBegin[] = "<!-- metrics: begin -->\n";
constexpr char kEnd[] = "<!-- metrics: end -->\n";

std::string ReadFile(const char* path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// By name, of a server over a log in which there is one of everything.
class OperationsDocTest : public ServerTest {
 protected:
  void SetUp() override {
    OpenOptions open;
    open.metrics = &metrics_;
    ASSERT_OK_AND_ASSIGN(log_, Open(directory_.path(), open));
    ServerOptions options = Options();
    options.metrics = &metrics_;
    Start(options);
    EXPECT_EQ(Connect().Ask({"XGROUP", "CREATE", "s", "g", "0", "MKSTREAM"}), "+OK");
    for (const Sample& sample : metrics_.Samples()) samples_[sample.name] = sample;
  }
  void TearDown() override {
    server_.reset();
    log_.reset();
  }

  MetricsRegistry metrics_;
  std::map<std::string, Sample> samples_;
};

std::string TypeOf(const Sample& sample) {
  constexpr const char* kTypes[] = {"counter", "gauge", "histogram"};
  std::string type = kTypes[static_cast<size_t>(sample.type)];
  for (const auto& [label, value] : sample.labels) {
    type += (&label == &sample.labels.front().first ? ", by " : ", ") + label;
  }
  return type;
}

TEST_F(OperationsDocTest, ListsTheMetricsThatThereAre) {
  std::string table = "| metric | type | |\n|---|---|---|\n";
  for (const auto& [name, sample] : samples_) {
    table += "| `" + name + "` | " + TypeOf(sample) + " | " + sample.help + " |\n";
    EXPECT_EQ(sample.help.back(), '.') << name;
    EXPECT_EQ(sample.help.find('|'), std::string::npos) << name;
  }
  const std::string text = ReadFile(kPage);
  const size_t begin = text.find(kBegin), end = text.find(kEnd);
  ASSERT_NE(begin, std::string::npos) << kPage;
  ASSERT_NE(end, std::string::npos) << kPage;
  const size_t from = begin + sizeof(kBegin) - 1;
  if (std::getenv("EVLOG_WRITE_DOCS") != nullptr) {
    std::ofstream(kPage) << text.substr(0, from) << table << text.substr(end);
    return;
  }
  EXPECT_TRUE(text.substr(from, end - from) == table)
      << "EVLOG_WRITE_DOCS=1 server_test --gtest_filter='OperationsDoc*' writes it anew";
}

TEST_F(OperationsDocTest, AlertsNameMetricsThatThereAre) {
  const std::string text = ReadFile(kAlerts);
  std::set<std::string> named;
  const std::regex name("evlog_[a-z_]+");
  for (std::sregex_iterator it(text.begin(), text.end(), name), end; it != end; ++it) {
    named.insert(it->str());
  }
  EXPECT_GE(named.size(), 10u);
  for (const std::string& metric : named) {
    std::string base = metric;
    for (const std::string suffix : {"_bucket", "_count", "_sum"}) {
      const bool derived = base.ends_with(suffix);
      if (derived && !samples_.contains(base)) base.resize(base.size() - suffix.size());
    }
    EXPECT_TRUE(samples_.contains(base)) << metric << " in " << kAlerts;
  }
}

}  // namespace
}  // namespace evlog::server
