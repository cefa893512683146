// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Gate} from "./Gate.sol";
import {IMembership} from "./interfaces/IMembership.sol";
import {IMembershipRegistry} from "./interfaces/IMembershipRegistry.sol";
import {IStaking} from "./interfaces/IStaking.sol";
import {Bounds} from "./libraries/Bounds.sol";
import {Rewards} from "./libraries/Rewards.sol";
import {Sweepable} from "./Sweepable.sol";

/// @title Staking
contract Staking is IStaking, Gate, Sweepable, ReentrancyGuardTransient {
    using Rewards for Rewards.Stream;
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// @dev IStaking.Stake, and whether it accrues no rewards. 104 bits hold 2e31 wei; more is refused at the entrance.
    struct Held {
        uint104 amount;
        uint40 heldSince;
        uint32 requests;
        bool idle;
    }

    /// @dev What every change of an accruing stake reads and writes.
    struct Accruing {
        uint104 principal;
        uint104 rewardsOwed;
    }

    /// @dev What changes when somebody leaves or is poked.
    struct Apart {
        uint104 idle;
        uint104 unstaking;
        uint40 cooldown;
    }

    /// @inheritdoc IStaking
    IERC20 public immutable token;
    /// @inheritdoc IStaking
    IMembershipRegistry public immutable registry;
    /// @inheritdoc IStaking
    uint40 public immutable rewardTime;

    Accruing private _accruing;
    Apart private _apart;
    Rewards.Stream private _stream;
    /// @dev What a wei of principal that accrued all the time was given, scaled; modulo 2^256.
    uint256 private _growth;
    Level[] private _levels;
    mapping(address account => Held) private _stakes;
    /// @dev What an account's accruing stake times `_growth` exceeds its rewards by, scaled; modulo 2^256.
    mapping(address account => uint256) private _debts;
    mapping(address account => mapping(uint32 id => UnstakeRequest)) private _requests;

    constructor(
        address authority,
        IERC20 token_,
        IMembershipRegistry registry_,
        uint40 rewardTime_,
        uint40 initialCooldown,
        Level[] memory initialLevels
    ) AccessManaged(authority) {
        if (rewardTime_ < Bounds.MINIMUM_REWARD_TIME || rewardTime_ > Bounds.MAXIMUM_REWARD_TIME) {
            revert ParameterOutOfBounds(rewardTime_, Bounds.MINIMUM_REWARD_TIME, Bounds.MAXIMUM_REWARD_TIME);
        }
        token = token_;
        registry = registry_;
        rewardTime = rewardTime_;
        _setCooldown(initialCooldown);
        _setLevels(initialLevels);
    }

    /// @inheritdoc IStaking
    function stake(uint256 amount) external nonReentrant whenOpen returns (uint256) {
        return _stake(amount);
    }

    /// @inheritdoc IStaking
    function stakeWithPermit(uint256 amount, IMembership.Permit calldata permit)
        external
        nonReentrant
        whenOpen
        returns (uint256)
    {
        // Somebody else may have submitted the permit already, or the token may not know permits: the allowance counts.
        try IERC20Permit(address(token))
            .permit(msg.sender, address(this), permit.value, permit.deadline, permit.v, permit.r, permit.s) {}
            catch {}
        return _stake(amount);
    }

    /// @inheritdoc IStaking
    function requestUnstake(uint256 amount) external returns (uint32 id) {
        if (amount == 0) revert AmountZero();
        Held memory own = _stakes[msg.sender];
        if (amount > own.amount) revert AmountAboveStake(amount, own.amount);

        // It is no more than the stake, which fits.
        uint104 asked = uint104(amount);
        Accruing memory accruing = _accruing;
        Apart memory apart = _apart;
        uint256 growth = _advance(accruing.principal);
        id = own.requests++;
        own.amount -= asked;
        apart.unstaking += asked;
        if (own.idle) {
            apart.idle -= asked;
        } else {
            accruing.principal -= asked;
            _lowerDebt(msg.sender, asked, growth);
        }
        uint40 releaseAt = uint40(block.timestamp) + apart.cooldown;

        _stakes[msg.sender] = own;
        _requests[msg.sender][id] = UnstakeRequest(asked, releaseAt);
        (_accruing, _apart) = (accruing, apart);
        emit UnstakeRequested(
            msg.sender,
            id,
            amount,
            releaseAt,
            own.amount,
            own.heldSince,
            uint256(accruing.principal) + apart.idle,
            apart.unstaking
        );
    }

    /// @inheritdoc IStaking
    function withdraw(uint32 id, address recipient) external nonReentrant returns (uint256 amount) {
        _requireRecipient(recipient);
        UnstakeRequest memory request = _requests[msg.sender][id];
        if (request.amount == 0) revert RequestUnknown(msg.sender, id);
        if (block.timestamp < request.releaseAt) revert StillCoolingDown(request.releaseAt);

        amount = request.amount;
        uint104 unstaking = _apart.unstaking - uint104(request.amount);
        delete _requests[msg.sender][id];
        _apart.unstaking = unstaking;
        emit Withdrawn(msg.sender, id, recipient, amount, unstaking);
        token.safeTransfer(recipient, amount);
    }

    /// @inheritdoc IStaking
    function claim(address recipient) external nonReentrant returns (uint256 amount) {
        _requireRecipient(recipient);
        amount = _takeRewards(recipient);
        token.safeTransfer(recipient, amount);
    }

    /// @inheritdoc IStaking
    function compound() external nonReentrant whenOpen returns (uint256 amount) {
        _requirePro();
        amount = _takeRewards(address(this));
        _credit(amount);
    }

    /// @inheritdoc IStaking
    function poke(address account) external nonReentrant {
        Held memory held = _stakes[account];
        bool isPro = membership().tierOf(account) == IMembership.Tier.Pro;
        if (held.amount == 0 || isPro != held.idle) revert AccrualUnchanged(account);
        _setAccruing(account, held, isPro);
        _stakes[account] = held;
    }

    /// @inheritdoc IStaking
    function fund() external nonReentrant returns (uint256 amount) {
        uint40 time = uint40(block.timestamp);
        Accruing memory accruing = _accruing;
        _advance(accruing.principal);
        Rewards.Stream memory stream = _stream;
        uint256 free = surplus();
        uint256 minimum = stream.leastToFund(time, rewardTime);
        uint256 waiting = stream.left(time);
        // More than 72 bits of it can't be written down: what is beyond waits too.
        uint256 rate = Math.min((waiting + free) / rewardTime, type(uint72).max);
        amount = Math.saturatingSub(rate * rewardTime, waiting);
        if (free < minimum || amount == 0) revert FundingTooSmall(free, minimum);

        stream.rate = uint72(rate);
        stream.updatedAt = time;
        stream.finish = time + rewardTime;
        accruing.rewardsOwed = (accruing.rewardsOwed + amount).toUint104();
        _stream = stream;
        _accruing = accruing;
        emit RewardsFunded(amount, rate, stream.finish, accruing.rewardsOwed);
    }

    /// @inheritdoc IStaking
    function setCooldown(uint40 newCooldown) external restricted {
        _setCooldown(newCooldown);
    }

    /// @inheritdoc IStaking
    function setLevels(Level[] calldata newLevels) external restricted {
        _setLevels(newLevels);
    }

    /// @inheritdoc IStaking
    function levelOf(address account) external view returns (uint8) {
        (IMembership.Tier tier, uint40 proSince) = membership().standingOf(account);
        if (tier != IMembership.Tier.Pro) return 0;
        Held memory own = _stakes[account];
        uint256 held = block.timestamp - Math.max(own.heldSince, proSince);
        for (uint256 level = _levels.length; level != 0; --level) {
            Level memory needed = _levels[level - 1];
            if (own.amount >= needed.minimumAmount && held >= needed.minimumHeld) return uint8(level);
        }
        return 0;
    }

    /// @inheritdoc IStaking
    function stakeOf(address account) external view returns (Stake memory) {
        Held memory held = _stakes[account];
        return Stake(held.amount, held.heldSince, held.requests);
    }

    /// @inheritdoc IStaking
    function requestOf(address account, uint32 id) external view returns (UnstakeRequest memory) {
        return _requests[account][id];
    }

    /// @inheritdoc IStaking
    function rewardsOf(address account) external view returns (uint256) {
        Rewards.Stream memory stream = _stream;
        uint256 growth;
        unchecked {
            growth = _growth + stream.advance(_accruing.principal, uint40(block.timestamp));
        }
        return _scaledRewards(account, growth) / Rewards.SCALE;
    }

    /// @inheritdoc IStaking
    function isAccruing(address account) external view returns (bool) {
        return _stakes[account].amount != 0 && !_stakes[account].idle;
    }

    /// @inheritdoc IStaking
    function levels() external view returns (Level[] memory) {
        return _levels;
    }

    /// @inheritdoc IStaking
    function membership() public view returns (IMembership) {
        return registry.current();
    }

    /// @inheritdoc IStaking
    function totalStaked() external view returns (uint256) {
        return uint256(_accruing.principal) + _apart.idle;
    }

    /// @inheritdoc IStaking
    function totalUnstaking() external view returns (uint256) {
        return _apart.unstaking;
    }

    /// @inheritdoc IStaking
    function totalAccruing() external view returns (uint256) {
        return _accruing.principal;
    }

    /// @inheritdoc IStaking
    function rewardsOwed() external view returns (uint256) {
        return _accruing.rewardsOwed;
    }

    /// @inheritdoc IStaking
    function rewardRate() external view returns (uint256) {
        return _stream.rate;
    }

    /// @inheritdoc IStaking
    function rewardFinish() external view returns (uint40) {
        Rewards.Stream memory stream = _stream;
        stream.advance(_accruing.principal, uint40(block.timestamp));
        return stream.finish;
    }

    /// @inheritdoc IStaking
    function surplus() public view returns (uint256) {
        Accruing memory accruing = _accruing;
        Apart memory apart = _apart;
        uint256 owed = uint256(accruing.principal) + accruing.rewardsOwed + apart.idle + apart.unstaking;
        return Math.saturatingSub(token.balanceOf(address(this)), owed);
    }

    /// @inheritdoc IStaking
    function cooldown() external view returns (uint40) {
        return _apart.cooldown;
    }

    function _stake(uint256 amount) private returns (uint256 credited) {
        _requirePro();
        credited = _receive(amount);
        if (credited == 0) revert AmountZero();
        _credit(credited);
    }

    /// @dev No more than was asked for: a token that calls back could let a pool pay all stakers in between.
    function _receive(uint256 amount) private returns (uint256) {
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), amount);
        return Math.min(amount, Math.saturatingSub(token.balanceOf(address(this)), before));
    }

    /// @dev Makes `credited` principal of the caller, who is Pro, so that all of it accrues.
    function _credit(uint256 credited) private {
        Held memory own = _stakes[msg.sender];
        if (own.idle) _setAccruing(msg.sender, own, true);
        Accruing memory accruing = _accruing;
        uint256 growth = _advance(accruing.principal);
        own.heldSince = _heldSince(own, credited);
        Apart memory apart = _apart;
        // All principal together fits, so that no sum overflows when it leaves.
        (accruing.principal + credited + apart.idle + apart.unstaking).toUint104();
        own.amount += uint104(credited);
        accruing.principal += uint104(credited);

        _stakes[msg.sender] = own;
        _accruing = accruing;
        _raiseDebt(msg.sender, credited, growth);
        emit Staked(msg.sender, credited, own.amount, own.heldSince, uint256(accruing.principal) + apart.idle);
    }

    /// @dev Changes `held` too, which the caller stores.
    function _setAccruing(address account, Held memory held, bool accrues) private {
        Accruing memory accruing = _accruing;
        uint256 growth = _advance(accruing.principal);
        held.idle = !accrues;
        if (accrues) {
            accruing.principal += held.amount;
            _apart.idle -= held.amount;
            _raiseDebt(account, held.amount, growth);
        } else {
            accruing.principal -= held.amount;
            _apart.idle += held.amount;
            _lowerDebt(account, held.amount, growth);
        }
        _accruing = accruing;
        emit AccrualChanged(account, accrues, accruing.principal);
    }

    /// @dev Takes the whole wei of the caller's rewards off the books; what is less than a wei stays theirs.
    function _takeRewards(address recipient) private returns (uint256 amount) {
        Accruing memory accruing = _accruing;
        uint256 growth = _advance(accruing.principal);
        amount = _scaledRewards(msg.sender, growth) / Rewards.SCALE;
        if (amount == 0) revert NothingToClaim(msg.sender);

        accruing.rewardsOwed -= uint104(amount);
        _accruing = accruing;
        _raiseDebt(msg.sender, amount, Rewards.SCALE);
        emit RewardsClaimed(msg.sender, recipient, amount, accruing.rewardsOwed);
    }

    /// @dev Gives out what was emitted since the last change, over `principal`, which accrued since then.
    function _advance(uint256 principal) private returns (uint256 growth) {
        Rewards.Stream memory stream = _stream;
        uint40 before = stream.updatedAt;
        uint256 added = stream.advance(principal, uint40(block.timestamp));
        if (stream.updatedAt != before) _stream = stream;
        if (added == 0) return _growth;
        unchecked {
            growth = _growth + added;
        }
        _growth = growth;
    }

    function _scaledRewards(address account, uint256 growth) private view returns (uint256) {
        Held memory held = _stakes[account];
        uint256 accrues = held.idle ? 0 : held.amount;
        unchecked {
            return accrues * growth - _debts[account];
        }
    }

    function _raiseDebt(address account, uint256 amount, uint256 by) private {
        unchecked {
            _debts[account] += amount * by;
        }
    }

    function _lowerDebt(address account, uint256 amount, uint256 by) private {
        unchecked {
            _debts[account] -= amount * by;
        }
    }

    /// @dev Rounded up, which is later: a top-up never counts as held for longer than it was.
    function _heldSince(Held memory own, uint256 credited) private view returns (uint40) {
        if (own.amount == 0) return uint40(block.timestamp);
        uint256 weighted = uint256(own.amount) * own.heldSince + credited * block.timestamp;
        return Math.ceilDiv(weighted, own.amount + credited).toUint40();
    }

    function _requirePro() private view {
        if (membership().tierOf(msg.sender) != IMembership.Tier.Pro) revert NotPro(msg.sender);
    }

    function _requireRecipient(address recipient) private view {
        if (recipient == address(0) || recipient == address(this)) revert RecipientInvalid(recipient);
    }

    /// @dev What is not owed goes to stakers, by `fund`.
    function _heldToken() internal view override returns (IERC20) {
        return token;
    }

    function _setCooldown(uint40 newCooldown) private {
        if (newCooldown > Bounds.MAXIMUM_COOLDOWN) {
            revert ParameterOutOfBounds(newCooldown, 0, Bounds.MAXIMUM_COOLDOWN);
        }
        _apart.cooldown = newCooldown;
        emit CooldownChanged(newCooldown);
    }

    function _setLevels(Level[] memory newLevels) private {
        if (newLevels.length > Bounds.MAXIMUM_LEVELS) revert LevelsInvalid(Bounds.MAXIMUM_LEVELS);
        delete _levels;
        Level memory lower;
        for (uint256 index; index < newLevels.length; ++index) {
            Level memory level = newLevels[index];
            if (level.minimumAmount <= lower.minimumAmount || level.minimumHeld < lower.minimumHeld) {
                revert LevelsInvalid(index);
            }
            _levels.push(level);
            lower = level;
        }
        emit LevelsChanged(newLevels);
    }
}
