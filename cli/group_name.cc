#include "cli/group_name.h"

#include <CLI/CLI.hpp>

#include "cli/encode.h"
#include "log/base/status.h"

namespace evlog::cli {

void GroupName::AddTo(CLI::App* app) {
  app->add_option("STREAM", stream, "The stream of the group")->required();
  app->add_option("GROUP", group, "The consumer group")->required();
}

std::string GroupName::Described() const {
  return "group " + Quoted(group) + " of stream " + Quoted(stream);
}

void GroupName::AppendMembers(std::string* out) const {
  out->append("\"stream\":");
  AppendJsonBytes(stream, out);
  out->append(",\"group\":");
  AppendJsonBytes(group, out);
}

}  // namespace evlog::cli
