// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @dev What a stream owes to whom, by the definition alone: in every second the rate is divided among the accounts that
/// accrue, by what they stake. Rewards are kept one by one, whole wei and 256 bits of fraction by long division, so that
/// nothing is shared with the contract: no growth per wei, no debts, no scale, no modulus.
contract RewardsModel {
    uint256 public immutable rewardTime;
    uint256 public immutable accounts;

    uint256 public rate;
    uint256 public secondsLeft;
    uint256 public funded;
    uint256 public emitted;
    // How often division has rounded.
    uint256 public steps;
    uint256 public mostAccruing;
    uint256[] public stakes;
    bool[] public isStopped;
    uint256[] public paid;
    // Everything that an account was ever given: wei and 2^-256 wei.
    uint256[] private _whole;
    uint256[] private _fraction;

    constructor(uint256 accounts_, uint256 rewardTime_) {
        (accounts, rewardTime) = (accounts_, rewardTime_);
        stakes = new uint256[](accounts_);
        isStopped = new bool[](accounts_);
        paid = new uint256[](accounts_);
        _whole = new uint256[](accounts_);
        _fraction = new uint256[](accounts_);
    }

    function wait(uint256 duration) external {
        uint256 accruing = totalAccruing();
        if (accruing > mostAccruing) mostAccruing = accruing;
        uint256 run = duration < secondsLeft ? duration : secondsLeft;
        if (accruing == 0 || run == 0) return;
        secondsLeft -= run;
        emitted += rate * run;
        ++steps;
        for (uint256 i; i < accounts; ++i) {
            if (!isStopped[i]) _give(i, rate * run * stakes[i], accruing);
        }
    }

    function stake(uint256 index, uint256 amount) external {
        stakes[index] += amount;
        isStopped[index] = false;
    }

    function unstake(uint256 index, uint256 amount) external {
        stakes[index] -= amount;
    }

    function pay(uint256 index, uint256 amount) external {
        paid[index] += amount;
    }

    function setStopped(uint256 index, bool stopped) external {
        isStopped[index] = stopped;
    }

    /// @dev What of `surplus` is taken for a new stream; zero, if it would be slower than the present one.
    function fund(uint256 surplus) external returns (uint256 taken) {
        uint256 left = rate * secondsLeft;
        uint256 newRate = (left + surplus) / rewardTime;
        bool slower = secondsLeft != 0 && (newRate < rate || (newRate == rate && secondsLeft == rewardTime));
        if (newRate == 0 || slower) return 0;
        taken = newRate * rewardTime - left;
        (rate, secondsLeft, funded) = (newRate, rewardTime, funded + taken);
    }

    function totalAccruing() public view returns (uint256 sum) {
        for (uint256 i; i < accounts; ++i) {
            if (!isStopped[i]) sum += stakes[i];
        }
    }

    function totalStaked() external view returns (uint256 sum) {
        for (uint256 i; i < accounts; ++i) {
            sum += stakes[i];
        }
    }

    function totalPaid() external view returns (uint256 sum) {
        for (uint256 i; i < accounts; ++i) {
            sum += paid[i];
        }
    }

    /// @dev The least and the most whole wei that a contract may have for the account, which is off by less than
    /// `steps * mostAccruing` parts of 1e36 of a wei.
    function boundsOf(uint256 index) external view returns (uint256 least, uint256 most) {
        // 2^256 / 1e36, rounded up, and what this model's own fractions are off by.
        uint256 slack = steps * mostAccruing * (type(uint256).max / 1e36 + 1) + steps;
        (uint256 whole, uint256 fraction) = (_whole[index], _fraction[index]);
        unchecked {
            most = fraction + slack < fraction ? whole + 1 : whole;
            least = fraction >= slack || whole == 0 ? whole : whole - 1;
        }
        // What a wei that is that close was paid for already is not there a second time.
        least = least < paid[index] ? 0 : least - paid[index];
        most -= paid[index];
    }

    function _give(uint256 index, uint256 dividend, uint256 divisor) private {
        _whole[index] += dividend / divisor;
        uint256 remainder = dividend % divisor;
        uint256 high = (remainder << 128) / divisor;
        uint256 low = ((remainder << 128) % divisor << 128) / divisor;
        uint256 fraction;
        unchecked {
            fraction = _fraction[index] + (high << 128 | low);
        }
        if (fraction < _fraction[index]) ++_whole[index];
        _fraction[index] = fraction;
    }
}
