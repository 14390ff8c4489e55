// The house rules, first tried on samples that break them (a rule that finds nothing would look
// like a tidy house), then on the tree itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/tidy/functions.h"
#include "tests/tidy/rules.h"
#include "tests/tidy/source.h"
#include "tests/tidy/tree.h"

namespace evlog::tidy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<Rule> AllRules() {
  std::vector<Rule> rules(HouseRules().begin(), HouseRules().end());
  rules.insert(rules.end(), TextRules().begin(), TextRules().end());
  return rules;
}

// A house with one file in every layer, to which a sample is added.
Tree HouseWith(const Source& sample) {
  std::vector<Source> sources = {
      Source("log/CMakeLists.txt",
             "evlog_layer(log HEADERS include/evlog/entry.h\n"
             "  SOURCES base/glob.cc  # dead.cc\n)"),
      Source("log/include/evlog/entry.h", ""),
      Source("embedded/include/evlog/event_log.h", ""),
      Source("tests/CMakeLists.txt", "evlog_test(x_test SOURCES log/x_test.cc)"),
      Source("tests/log/y_test.cc", "#include \"log/base/glob.h\"\n"),
  };
  sources.push_back(sample);
  return Tree(std::move(sources));
}

struct Sample {
  std::string_view rule;
  std::string path;
  std::string text;
  size_t line = 0;        // where the finding is; kClean: none
  std::string_view says;  // a part of its message
};
constexpr size_t kClean = SIZE_MAX;

std::string Lines(size_t n) {
  std::string text;
  for (size_t i = 0; i < n; ++i) text += "\n";
  return text;
}

std::string Guarded(const std::string& guard) {
  return "// What it is.\n#ifndef " + guard + "\n#define " + guard + "\n#endif  // " + guard + "\n";
}

std::vector<Sample> ArrowSamples() {
  const std::string rightwards = "// a\n#include \"server/session.h\"\n";
  return {
      {"arrows", "log/a.cc", rightwards, 2, "log <- groups <- embedded <- server <- cli"},
      {"arrows", "groups/a.cc", "#include <evlog/event_log.h>\n", 1, "is in embedded/"},
      {"arrows", "log/a.cc", "#  include \"evlog/event_log.h\"", 1, "is in embedded/"},
      {"arrows", "cli/a.cc", "#include \"tests/support/rng.h\"\n", 1, "is in tests/"},
      {"arrows", "log/a.cc", "#include \"bench/bench.h\"\n", 1, "is in bench/"},
      {"arrows", "cli/a.cc", rightwards, kClean, ""},
      {"arrows", "tests/a.cc", rightwards, kClean, ""},
      {"arrows", "log/a.cc", "// #include \"server/session.h\"\n", kClean, ""},
      {"arrows", "log/a.cc", "/*\n#include \"server/session.h\"\n*/", kClean, ""},
      {"include paths", "log/a.cc", "#include \"glob.h\"\n", 1, "path from the root"},
      {"include paths", "log/a.cc", "#include \"evlog/entri.h\"\n", 1, "no layer has"},
      {"include paths", "log/a.cc", "#include \"log/include/evlog/entry.h\"", 1, "\"evlog/...\""},
      {"include paths", "log/a.cc", "#include \"evlog/entry.h\"\n#include <vector>", kClean, ""},
      {"public headers", "log/include/evlog/x.h", "#include \"log/base/glob.h\"", 1, "installed"},
      {"public headers", "log/include/evlog/x.h", "#include \"evlog/entry.h\"", kClean, ""},
      {"libraries", "log/read.cc", "#include <rocksdb/db.h>\n", 1, "go through log/store/"},
      {"libraries", "cli/a.cc", "\n#include \"rocksdb/db.h\"\n", 2, "go through log/store/"},
      {"libraries", "log/store/db.cc", "#include \"rocksdb/db.h\"\n", kClean, ""},
      {"libraries", "bench/twin.cc", "#include \"rocksdb/db.h\"\n", kClean, ""},
      {"libraries", "embedded/a.cc", "#include <asio.hpp>\n", 1, "only server/ knows sockets"},
      {"libraries", "cli/a.cc", "#include <asio/post.hpp>\n", 1, "only server/ knows sockets"},
      {"libraries", "server/a.cc", "#include <asio.hpp>\n", kClean, ""},
      {"libraries", "cli/a.cc", "#include <hiredis/hiredis.h>\n", 1, "through cli/target/"},
      {"libraries", "cli/target/a.cc", "#include <hiredis/hiredis.h>\n", kClean, ""},
      {"libraries", "cli/a.cc", "#include <toml++/toml.h>\n", 1, "serve_file.cc"},
      {"libraries", "log/read.cc", "#include <google/protobuf/arena.h>", 1, "protobuf"},
      {"libraries", "groups/a.cc", "#include \"log/meta.pb.h\"", 1, "protobuf"},
      {"libraries", "log/catalog_codec.cc", "#include \"log/meta.pb.h\"", kClean, ""},
      {"listed", "log/dead.cc", "", 0, "no CMakeLists.txt names this file"},
      {"listed", "log/glob.cc", "", 0, "no CMakeLists.txt names this file"},
      {"listed", "log/include/evlog/new.h", "", 0, "no CMakeLists.txt names this file"},
      {"listed", "log/base/glob.cc", "", kClean, ""},
      {"listed", "tests/log/x_test.cc", "", kClean, ""},
      {"included", "log/dead.h", "#include \"log/dead.h\"", 0, "nobody includes"},
      {"included", "log/base/glob.h", "", kClean, ""},
  };
}

std::vector<Sample> WordSamples() {
  return {
      {"banned words", "log/a.cc", "\nauto t = std::chrono::system_clock::now();", 2, "Clock"},
      {"banned words", "cli/a.cc", "auto t = std::chrono::steady_clock::now();", 1, "Clock"},
      {"banned words", "bench/a.cc", "auto t = std::chrono::steady_clock::now();", 1, "Clock"},
      {"banned words", "bench/stopwatch.h", "auto t = steady_clock::now();", kClean, ""},
      {"banned words", "tests/a.cc", "auto t = absl::Now();", 1, "Clock"},
      {"banned words", "log/base/clock.cc", "auto t = absl::Now();", kClean, ""},
      {"banned words", "log/a.cc", "absl::NowHere(); // absl::Now()", kClean, ""},
      {"banned words", "log/a.cc", "auto t = time(nullptr);", 1, "Clock"},
      {"banned words", "log/a.cc", "auto t = std::time( NULL );", 1, "Clock"},
      {"banned words", "log/a.cc", "time_t t; ::time(&t);", 1, "Clock"},
      {"banned words", "log/a.cc", "absl::Time time(other); x.time(0); y->time(&z);", kClean, ""},
      {"banned words", "log/a.cc", "gettimeofday(&tv, nullptr);", 1, "Clock"},
      {"banned words", "log/a.cc", "clock_gettime (CLOCK_REALTIME, &ts);", 1, "Clock"},
      {"banned words", "tests/a.cc", "std::this_thread::sleep_for(1ms);", 1, "Clock::Await"},
      {"banned words", "tests/a.cc", "usleep(10);", 1, "Clock::Await"},
      {"banned words", "log/a.cc", "sleep(1);", 1, "Clock::Await"},
      {"banned words", "log/a.cc", "cv.wait_for(lock, 1s);", 1, "Clock::Await"},
      {"banned words", "tests/a.cc", "future.wait_for(1s);", kClean, ""},
      {"banned words", "log/a.cc", "Log(\"we sleep(1) and throw\"); asleep(1);", kClean, ""},
      {"banned words", "log/a.cc", "if (bad)\n  throw 1;", 2, "absl::Status"},
      {"banned words", "log/a.cc", "rethrow_exception(e);  // never throw", kClean, ""},
      {"banned words", "log/a.cc", "absl::Mutex mu;", 1, "evlog::Mutex"},
      {"banned words", "log/a.cc", "absl::MutexLock lock(&mu);", 1, "evlog::Mutex"},
      {"unfinished", "log/a.cc", "int x;\n// TODO: more", 2, "do it"},
      {"unfinished", "cmake/A.cmake", "# FIXME", 1, "do it"},
      {"unfinished", "tests/a.cc", "/* XXX */", 1, "do it"},
      {"unfinished", "tests/a.cc", "mkdtemp(\"/tmp/XXX\"); // XXXXXX", kClean, ""},
  };
}

std::vector<Sample> SizeSamples() {
  const std::string open = "void F() {", limit_less_two = Lines(69);
  return {
      {"columns", "log/a.cc", "\n//" + std::string(99, 'x'), 2, "101 columns"},
      {"columns", "dev", std::string(101, 'x'), 1, "101 columns"},
      {"columns", "log/a.cc", "//" + std::string(98, 'x'), kClean, ""},
      {"columns", "log/a.cc", "// \xe2\x86\x90" + std::string(96, 'x'), kClean, ""},
      {"lines of a file", "log/a.cc", Lines(501), 0, "501 lines"},
      {"lines of a file", "log/a.cc", Lines(500), kClean, ""},
      {"lines of a function", "log/a.cc", "\n" + open + Lines(70) + "}", 2, "F has 71 lines"},
      {"lines of a function", "log/a.cc", open + limit_less_two + "}", kClean, ""},
      {"lines of a function", "log/a.cc", "void F() {\n", 0, "do not balance"},
      {"lines of a function", "log/a.cc", "void F() {}}\n", 0, "do not balance"},
      {"guard", "log/base/x.h", Guarded("EVLOG_BASE_X_H_"), 1, "#ifndef EVLOG_LOG_BASE_X_H_"},
      {"guard", "log/base/x.h", "#pragma once\n", 1, "EVLOG_LOG_BASE_X_H_"},
      {"guard", "log/base/x.h", Guarded("EVLOG_LOG_BASE_X_H_"), kClean, ""},
      {"guard", "log/include/evlog/x.h", Guarded("EVLOG_X_H_"), kClean, ""},
      {"guard", "log/x.cc", "", kClean, ""},
  };
}

std::vector<Sample> AllSamples() {
  std::vector<Sample> samples = ArrowSamples();
  for (const auto& more : {WordSamples(), SizeSamples()}) {
    samples.insert(samples.end(), more.begin(), more.end());
  }
  return samples;
}

std::vector<Finding> Check(const Sample& sample) {
  const Source source(sample.path, sample.text);
  for (const Rule& rule : AllRules()) {
    if (rule.name == sample.rule) return rule.check(source, HouseWith(source));
  }
  ADD_FAILURE() << "no rule " << sample.rule;
  return {};
}

TEST(Rules, FindWhatBreaksThemAndNothingElse) {
  for (const Sample& sample : AllSamples()) {
    SCOPED_TRACE(std::string(sample.rule) + ": " + sample.path + "\n" + sample.text);
    const std::vector<Finding> findings = Check(sample);
    if (sample.line == kClean) {
      EXPECT_THAT(findings, IsEmpty()) << findings.front().ToString();
      continue;
    }
    ASSERT_EQ(findings.size(), 1u);
    EXPECT_EQ(findings[0].path, sample.path);
    EXPECT_EQ(findings[0].line, sample.line);
    EXPECT_THAT(findings[0].message, HasSubstr(sample.says));
  }
}

TEST(Rules, EachHasASampleThatBreaksIt) {
  std::set<std::string_view> broken;
  for (const Sample& sample : AllSamples()) {
    if (sample.line != kClean) broken.insert(sample.rule);
  }
  for (const Rule& rule : AllRules()) EXPECT_TRUE(broken.contains(rule.name)) << rule.name;
}

TEST(Source, BlanksCommentsAndLiteralsColumnForColumn) {
  const Source source("a.cc",
                      "int a = 1'000;  // it's { \"x\n"
                      "auto b = \"{ // \\\" }\";\n"
                      "auto c = R\"x({ \" )\" })x\";\n"
                      "char d = '{'; char e = '\\'';\n"
                      "int f = 0x1'ff; /* {\n} */ int g;");
  EXPECT_EQ(source.code(),
            "int a = 1'000;              \n"
            "auto b = \"         \";\n"
            "auto c = R\"            \";\n"
            "char d = ' '; char e = '  ';\n"
            "int f = 0x1'ff;     \n     int g;");
  EXPECT_EQ(source.code().size(), source.text().size());
  EXPECT_EQ(source.LineOf(source.code().find("int g")), 6u);
}

std::vector<std::string> NamesIn(const std::string& text) {
  std::vector<std::string> names;
  const auto functions = FindFunctions(Source("a.cc", text));
  if (!functions) return {"unbalanced"};
  for (const Function& f : *functions) {
    names.push_back(f.name + " " + std::to_string(f.first_line) + "-" +
                    std::to_string(f.last_line));
  }
  return names;
}

TEST(FindFunctions, KnowsTheShapesOfFunctions) {
  EXPECT_THAT(NamesIn("namespace a {\nnamespace {\nint F(int x) {\n  if (x) {\n  }\n}\n}\n}"),
              ElementsAre("F 3-6"));
  EXPECT_THAT(NamesIn("class A : public B {\n public:\n  A() : x_{1}, y_(2) {\n }\n"
                      "  int g() const { return 1; }\n int x_ = 0;\n};"),
              ElementsAre("A 3-4", "g 5-5"));
  EXPECT_THAT(NamesIn("template <class T>\nvoid A<T>::F(\n    T t) noexcept {\n}\n"),
              ElementsAre("A<T>::F 2-4"));
  EXPECT_THAT(NamesIn("auto F() -> std::vector<int> {\n}\nvoid G() ABSL_NO_ANALYSIS {\n}"),
              ElementsAre("F 1-2", "G 3-4"));
  EXPECT_THAT(NamesIn("TEST(A, B) {\n  for (int i = 0; i < 3; ++i) {\n  }\n}\n"),
              ElementsAre("TEST(A, B) 1-4"));
  EXPECT_THAT(NamesIn("extern \"C\" int F(const char* p) {\n}\nextern \"C\" {\nint G() {}\n}"),
              ElementsAre("F 1-2", "G 4-4"));
  EXPECT_THAT(NamesIn("void F(A a = {}, int b = 3) {\n  auto l = [] {\n  };\n}\n"),
              ElementsAre("F 1-4"));
}

TEST(FindFunctions, KnowsWhatIsNoFunction) {
  EXPECT_THAT(NamesIn("constexpr int kA[] = {\n1,\n2};\nstd::array<int, F(2)> kB{{\n1}};\n"
                      "const auto kC = G([](int x) {\n  return x;\n});\nenum class E { kA };"),
              IsEmpty());
  EXPECT_THAT(NamesIn("#define M(x) \\\n  do { \\\n  } while ({\nint F() {\n}"),
              ElementsAre("F 4-5"));
  EXPECT_THAT(NamesIn("// {\nint F() {\n  Say(\"}\", '}');\n}\n"), ElementsAre("F 2-4"));
}

TEST(House, IsTidy) {
  const Tree tree = Tree::Load(EVLOG_TREE);
  // The reader sees the tree, and functions in it.
  ASSERT_TRUE(tree.Has("log/base/status.cc"));
  ASSERT_TRUE(tree.Has("dev"));
  std::string report;
  size_t functions = 0;
  size_t includes = 0;
  for (const Source& source : tree.sources()) {
    includes += source.includes().size();
    if (source.IsCpp()) functions += FindFunctions(source).value_or(std::vector<Function>()).size();
    for (const Rule& rule : AllRules()) {
      for (const Finding& finding : rule.check(source, tree)) {
        report += finding.ToString() + " [" + std::string(rule.name) + "]\n";
      }
    }
  }
  EXPECT_TRUE(report.empty()) << report;
  EXPECT_GT(functions, 100u);
  EXPECT_GT(includes, 100u);
}

}  // namespace
}  // namespace evlog::tidy
