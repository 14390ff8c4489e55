// The tools of the tests: seeds, hex, directories, test points and the crash at one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "log/base/test_point.h"
#include "tests/support/crash_point.h"
#include "tests/support/hex.h"
#include "tests/support/rng.h"
#include "tests/support/temp_dir.h"

namespace evlog {
namespace {

using ::testing::ElementsAre;

class ScopedEnv {
 public:
  ScopedEnv(const char* name, const char* value) : name_(name) {
    const char* before = getenv(name);
    had_ = before != nullptr;
    if (had_) before_ = before;
    setenv(name, value, 1);
  }
  ~ScopedEnv() { had_ ? setenv(name_, before_.c_str(), 1) : unsetenv(name_); }

 private:
  const char* name_;
  bool had_;
  std::string before_;
};

TEST(RngTest, IsTheSameEverywhere) {
  // The first numbers of splitmix64 for the seed 1234567, as its author gives them.
  Rng rng(1234567);
  EXPECT_EQ(rng.Next(), 6457827717110365317u);
  EXPECT_EQ(rng.Next(), 3203168211198807973u);
  EXPECT_EQ(rng.Next(), 9817491932198370423u);
}

TEST(RngTest, StaysInItsBoundsAndReachesThem) {
  Rng rng(1);
  std::set<uint64_t> below, between, skewed;
  for (int i = 0; i < 1000; ++i) {
    below.insert(rng.Below(3));
    between.insert(rng.Between(7, 9));
    skewed.insert(rng.Skewed(2));
  }
  EXPECT_THAT(below, ElementsAre(0, 1, 2));
  EXPECT_THAT(between, ElementsAre(7, 8, 9));
  EXPECT_THAT(skewed, ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(rng.Between(5, 5), 5u);
  rng.Between(0, UINT64_MAX);
  EXPECT_FALSE(rng.Percent(0));
  EXPECT_TRUE(rng.Percent(100));
  EXPECT_EQ(rng.Bytes(17).size(), 17u);
}

TEST(TestSeedTest, TheEnvironmentWins) {
  {
    ScopedEnv env("EVLOG_SEED", "");
    EXPECT_EQ(TestSeed(5), 5u);
  }
  {
    ScopedEnv env("EVLOG_SEED", "18446744073709551615");
    EXPECT_EQ(TestSeed(5), UINT64_MAX);
  }
  {
    ScopedEnv env("EVLOG_SEED", "random");
    EXPECT_NE(TestSeed(5), TestSeed(5));
  }
}

TEST(TestSeedDeathTest, RefusesWhatIsNoSeed) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  ScopedEnv env("EVLOG_SEED", "12x");
  EXPECT_DEATH(TestSeed(5), "EVLOG_SEED=12x is neither");
}

TEST(HexTest, GoesThereAndBack) {
  EXPECT_EQ(ToHex(std::string("\0\xff\x7a", 3)), "00ff7a");
  EXPECT_EQ(FromHex("00ff7A"), std::string("\0\xff\x7a", 3));
  EXPECT_EQ(FromHex(" 61 | 62\n63 "), "abc");
  EXPECT_EQ(FromHex(""), "");
}

TEST(HexDeathTest, RefusesWhatIsNoHex) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(FromHex("616"), "no hex digit at 3");
  EXPECT_DEATH(FromHex("6g"), "no hex digit at 1");
}

TEST(TempDirTest, IsFreshAndGoneAfterwards) {
  std::string path;
  {
    TempDir a;
    TempDir b;
    EXPECT_NE(a.path(), b.path());
    path = a.path();
    EXPECT_TRUE(std::filesystem::is_empty(path));
    std::filesystem::create_directory(a.Path("sub"));
    std::ofstream(a.Path("sub/file")) << "x";
    EXPECT_TRUE(std::filesystem::exists(path + "/sub/file"));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

std::vector<std::string>* seen = nullptr;
void Note(const char* name) { seen->push_back(name); }

TEST(TestPointTest, CallsTheHookWhileThereIsOne) {
  if (!kTestPointsEnabled) GTEST_SKIP() << "a build without test points";
  std::vector<std::string> names;
  seen = &names;
  EVLOG_TEST_POINT("before");
  EXPECT_EQ(SetTestPointHook(&Note), nullptr);
  EVLOG_TEST_POINT("first");
  if (names.size() == 1) EVLOG_TEST_POINT("second");  // one statement
  EXPECT_EQ(SetTestPointHook(nullptr), &Note);
  EVLOG_TEST_POINT("after");
  EXPECT_THAT(names, ElementsAre("first", "second"));
}

// The child: comes to two points alternately, and ends well unless it is killed.
[[noreturn]] void PassPoints(int rounds) {
  InstallCrashPointFromEnv();
  for (int i = 0; i < rounds; ++i) {
    EVLOG_TEST_POINT("test.one");
    EVLOG_TEST_POINT("test.one_more");
  }
  exit(0);
}

TEST(CrashPointDeathTest, KillsAtTheGivenPassOnly) {
  if (!kTestPointsEnabled) GTEST_SKIP() << "a build without test points";
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  ScopedEnv env("EVLOG_CRASH_AT", "test.one:3");
  EXPECT_EXIT(PassPoints(3), ::testing::KilledBySignal(SIGKILL), "");
  EXPECT_EXIT(PassPoints(2), ::testing::ExitedWithCode(0), "");
}

TEST(CrashPointDeathTest, DoesNothingUnlessAsked) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  ScopedEnv env("EVLOG_CRASH_AT", "");
  EXPECT_EXIT(PassPoints(9), ::testing::ExitedWithCode(0), "");
}

TEST(CrashPointDeathTest, RefusesWhatItCannotDo) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  for (const char* text : {"test.one", ":3", "test.one:", "test.one:0", "test.one:x", "a:1x"}) {
    ScopedEnv env("EVLOG_CRASH_AT", text);
    EXPECT_DEATH(InstallCrashPointFromEnv(), "EVLOG_CRASH_AT=");
  }
}

}  // namespace
}  // namespace evlog
