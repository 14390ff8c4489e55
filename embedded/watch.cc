#include "evlog/watch.h"

#include <utility>

#include "embedded/watch_impl.h"

namespace evlog {

Watch::Watch() = default;
Watch::Watch(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Watch::Watch(Watch&&) noexcept = default;
Watch& Watch::operator=(Watch&&) noexcept = default;
Watch::~Watch() = default;

}  // namespace evlog
