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

/// @title Staking
contract Staking is IStaking, Gate, ReentrancyGuardTransient {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// @inheritdoc IStaking
    IERC20 public immutable token;
    /// @inheritdoc IStaking
    IMembershipRegistry public immutable registry;

    uint128 private _totalStaked;
    uint128 private _totalUnstaking;
    /// @inheritdoc IStaking
    uint40 public cooldown;
    Level[] private _levels;
    mapping(address account => Stake) private _stakes;
    mapping(address account => mapping(uint32 id => UnstakeRequest)) private _requests;

    constructor(
        address authority,
        IERC20 token_,
        IMembershipRegistry registry_,
        uint40 initialCooldown,
        Level[] memory initialLevels
    ) AccessManaged(authority) {
        token = token_;
        registry = registry_;
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
        Stake memory own = _stakes[msg.sender];
        if (amount > own.amount) revert AmountAboveStake(amount, own.amount);

        // It is no more than the stake, which fits.
        uint128 asked = uint128(amount);
        id = own.requests++;
        own.amount -= asked;
        uint40 releaseAt = uint40(block.timestamp) + cooldown;
        uint128 staked = _totalStaked - asked;
        uint128 unstaking = _totalUnstaking + asked;

        _stakes[msg.sender] = own;
        _requests[msg.sender][id] = UnstakeRequest(asked, releaseAt);
        (_totalStaked, _totalUnstaking) = (staked, unstaking);
        emit UnstakeRequested(msg.sender, id, amount, releaseAt, own.amount, own.heldSince, staked, unstaking);
    }

    /// @inheritdoc IStaking
    function withdraw(uint32 id, address recipient) external nonReentrant returns (uint256 amount) {
        if (recipient == address(0) || recipient == address(this)) revert RecipientInvalid(recipient);
        UnstakeRequest memory request = _requests[msg.sender][id];
        if (request.amount == 0) revert RequestUnknown(msg.sender, id);
        if (block.timestamp < request.releaseAt) revert StillCoolingDown(request.releaseAt);

        amount = request.amount;
        uint128 unstaking = _totalUnstaking - request.amount;
        delete _requests[msg.sender][id];
        _totalUnstaking = unstaking;
        emit Withdrawn(msg.sender, id, recipient, amount, unstaking);
        token.safeTransfer(recipient, amount);
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
        Stake memory own = _stakes[account];
        uint256 held = block.timestamp - Math.max(own.heldSince, proSince);
        for (uint256 level = _levels.length; level != 0; --level) {
            Level memory needed = _levels[level - 1];
            if (own.amount >= needed.minimumAmount && held >= needed.minimumHeld) return uint8(level);
        }
        return 0;
    }

    /// @inheritdoc IStaking
    function stakeOf(address account) external view returns (Stake memory) {
        return _stakes[account];
    }

    /// @inheritdoc IStaking
    function requestOf(address account, uint32 id) external view returns (UnstakeRequest memory) {
        return _requests[account][id];
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
        return _totalStaked;
    }

    /// @inheritdoc IStaking
    function totalUnstaking() external view returns (uint256) {
        return _totalUnstaking;
    }

    function _stake(uint256 amount) private returns (uint256 credited) {
        if (membership().tierOf(msg.sender) != IMembership.Tier.Pro) revert NotPro(msg.sender);
        credited = _receive(amount);
        if (credited == 0) revert AmountZero();

        Stake memory own = _stakes[msg.sender];
        own.heldSince = _heldSince(own, credited);
        own.amount = (own.amount + credited).toUint128();
        uint128 staked = (_totalStaked + credited).toUint128();

        _stakes[msg.sender] = own;
        _totalStaked = staked;
        emit Staked(msg.sender, credited, own.amount, own.heldSince, staked);
    }

    function _receive(uint256 amount) private returns (uint256) {
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), amount);
        return Math.saturatingSub(token.balanceOf(address(this)), before);
    }

    /// @dev Rounded up, which is later: a top-up never counts as held for longer than it was.
    function _heldSince(Stake memory own, uint256 credited) private view returns (uint40) {
        if (own.amount == 0) return uint40(block.timestamp);
        uint256 weighted = uint256(own.amount) * own.heldSince + credited * block.timestamp;
        return Math.ceilDiv(weighted, own.amount + credited).toUint40();
    }

    function _setCooldown(uint40 newCooldown) private {
        if (newCooldown > Bounds.MAXIMUM_COOLDOWN) {
            revert ParameterOutOfBounds(newCooldown, 0, Bounds.MAXIMUM_COOLDOWN);
        }
        cooldown = newCooldown;
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
